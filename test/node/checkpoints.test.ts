/** Stories of checkpoints: validators sign what is final, everybody sees it, and nobody signs two histories. */
import { describe, expect, test } from 'vitest';
import { equal, toHex, utf8 } from '../../src/core/base/bytes.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { encodeSessionMessage } from '../../src/core/codec/session-message.ts';
import { logSigners } from '../../src/core/light/log-signers.ts';
import { type Checkpoint, checkpointText, originOf } from '../../src/core/log/checkpoint.ts';
import { encodeNote } from '../../src/core/log/note.ts';
import { noteSignature } from '../../src/core/log/open-note.ts';
import type { Chain } from '../../src/node/chain.ts';
import { checkForkProof } from '../../src/node/fork-check.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { type Device, until } from '../support/device.ts';
import { gathering } from '../support/gathering.ts';
import { hashOf } from '../support/world.ts';

const { someone } = gathering();

const checkpointsOf = ({ node }: Chain) => node.duties.checkpoints;
const sizeOf = ({ node }: Chain) => node.ledger.tip.header.logSize;
const trustOf = ({ node }: Chain) => node.ledger.trust;
const memberOf = ({ chain }: Device) => chain.you()?.id ?? chain.id;

/** Settles once this device holds a checkpoint of all of its log that as many have signed as the epoch asks for. */
function vouched({ chain }: Device): Promise<void> {
  return until(chain, () => chain.log.checkpoint()?.vouched === true && chain.log.checkpoint()?.size === sizeOf(chain));
}

function signersSeenBy({ chain }: Device): readonly string[] {
  const cosigners = chain.log.checkpoint()?.cosigners ?? [];
  return cosigners.filter(({ signedAt }) => signedAt !== undefined).map(({ name }) => name);
}

async function founder(): Promise<Device> {
  const ada = await someone('Ada');
  await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
  return ada;
}

async function joined(name: string, ada: Device): Promise<Device> {
  const device = await someone(name);
  await device.joins(await ada.invites());
  return device;
}

async function validatorToo(name: string, ada: Device): Promise<Device> {
  const device = await joined(name, ada);
  const before = trustOf(ada.chain).seats.length;
  await ada.chain.governance.propose({ type: 'grant', member: memberOf(device), role: 'validator' });
  await until(ada.chain, () => trustOf(ada.chain).seats.length > before);
  return device;
}

async function writes({ chain }: Device, text: string): Promise<void> {
  const id = await chain.append(text);
  await until(chain, () => !chain.pending().some((entry) => toHex(entry.id) === toHex(id)));
}

/** What the shipped code never does: a signature, by this device's note key, under whatever checkpoint. */
async function signsAnything(liar: Device, checkpoint: Omit<Checkpoint, 'origin'>): Promise<Uint8Array> {
  const { chain } = liar;
  const key = await liar.keys.get(`${toHex(chain.id)}/note`);
  const log = logSigners(chain.id, trustOf(chain)).find(({ member }) => equal(member, memberOf(liar)))?.log;
  if (key === undefined || log === undefined) throw new Error('a validator has a note key');
  const text = checkpointText({ origin: originOf(chain.id), ...checkpoint });
  return encodeNote({ text, signatures: [noteSignature(log, await key.sign(utf8(text)))] });
}

describe('validators sign what is final', () => {
  test('one alone, and a member who only reads holds the same checkpoint', { timeout: 30_000 }, async () => {
    const ada = await founder();
    const ben = await joined('Ben', ada);
    await writes(ada, 'Hello');
    await until(ben.chain, () => sizeOf(ben.chain) === sizeOf(ada.chain));
    await Promise.all([vouched(ada), vouched(ben)]);
    const signed = checkpointsOf(ben.chain).newest();
    expect(signed?.checkpoint.root).toEqual(ada.chain.node.ledger.tip.header.logRoot);
    expect(signed?.note.text.split('\n')[0]).toBe(`latchkey/${toHex(ada.chain.id)}`);
    expect(signersSeenBy(ben)).toEqual(['Ada']);
  });

  test('four of them, one checkpoint under which all have signed, also while entries keep coming', { timeout: 90_000 }, async () => {
    const ada = await founder();
    const others = [];
    for (const name of ['Ben', 'Cem', 'Dee']) others.push(await validatorToo(name, ada));
    const all = [ada, ...others];
    for (let i = 0; i < 20; i++) await writes(ada, `entry ${i}`);
    for (const device of all) {
      await until(device.chain, () => sizeOf(device.chain) === sizeOf(ada.chain));
      await vouched(device);
      await until(device.chain, () => signersSeenBy(device).length === 4);
    }
  });

  test('without the first of them the others go on', { timeout: 90_000 }, async () => {
    const ada = await founder();
    const all = [ada];
    for (const name of ['Ben', 'Cem', 'Dee']) all.push(await validatorToo(name, ada));
    const [first] = trustOf(ada.chain).seats;
    const away = all.find((device) => first !== undefined && equal(memberOf(device), first.member)) ?? ada;
    const left = all.filter((device) => device !== away);
    await away.off();
    const [writer] = left;
    if (writer === undefined) throw new Error('three are left');
    await writes(writer, 'without the first');
    for (const device of left) await vouched(device);
    expect(signersSeenBy(writer)).not.toContain(away.name);
  });

  test('what was signed is known again after a restart, and is not signed anew', { timeout: 30_000 }, async () => {
    const ada = await founder();
    await writes(ada, 'Hello');
    await vouched(ada);
    const before = ada.chain.log.checkpoint();
    await ada.off();
    await ada.on();
    await vouched(ada);
    expect(ada.chain.log.checkpoint()).toEqual(before);
  });
});

describe('what others show', () => {
  test('is taken only where a key of the chain has signed it', { timeout: 30_000 }, async () => {
    const ada = await founder();
    const ben = await joined('Ben', ada);
    await Promise.all([vouched(ada), vouched(ben)]);
    const size = sizeOf(ada.chain) + 5;
    const forged = await signsAnything(ada, { size, root: hashOf('anything') });
    const last = forged.length - 20;
    forged[last] = (forged[last] ?? 0) ^ 1;
    for (const notes of [[forged], [utf8('no note')]]) {
      const closed = new Promise<void>((resolve) => {
        const stop = ben.chain.subscribe(() => {
          if (ben.chain.node.sessions().length > 0) return;
          stop();
          resolve();
        });
      });
      const [session] = ben.chain.node.sessions();
      session?.send(encodeSessionMessage({ type: 'checkpoints', notes }));
      await closed;
      await until(ben.chain, () => ben.chain.node.sessions().length > 0);
    }
    await writes(ben, 'after it');
    await vouched(ada);
    expect(
      checkpointsOf(ada.chain)
        .seen()
        .every(({ checkpoint }) => checkpoint.size <= sizeOf(ada.chain)),
    ).toBe(true);
  });

  test('a validator’s word for entries that are not final yet is kept, and compared once they would be', { timeout: 30_000 }, async () => {
    const ada = await founder();
    const ben = await joined('Ben', ada);
    await Promise.all([vouched(ada), vouched(ben)]);
    const size = sizeOf(ada.chain) + 1;
    await checkpointsOf(ben.chain).take(await signsAnything(ada, { size, root: hashOf('another history') }), undefined);
    expect(checkpointsOf(ben.chain).contradictions()).toEqual([]);
    await writes(ada, 'Hello');
    await until(ben.chain, () => checkpointsOf(ben.chain).contradictions().length > 0);
    expect(checkpointsOf(ben.chain).contradictions()[0]?.checkpoint).toMatchObject({ size, root: hashOf('another history') });
  });
});

describe('a second history', () => {
  test('signed by the only validator stops whoever sees it, who keeps a proof that names it and tells the others', {
    timeout: 60_000,
  }, async () => {
    const ada = await founder();
    const [ben, cem] = [await joined('Ben', ada), await joined('Cem', ada)];
    await writes(ada, 'Hello');
    for (const { chain } of [ben, cem]) await until(chain, () => sizeOf(chain) === sizeOf(ada.chain));
    // What somebody else was shown, a mail brings to Ben.
    const shown = await signsAnything(ada, { size: sizeOf(ada.chain) - 1, root: hashOf('another history') });
    await ben.chain.node.run(() => checkpointsOf(ben.chain).take(shown, undefined));
    for (const { chain } of [ben, cem, ada]) await until(chain, () => chain.node.isForked);
    const fork = unwrap(await checkForkProof(cem.chain.fork()?.proof ?? new Uint8Array(0), webCryptoVerifier()));
    expect(fork).toMatchObject({ kind: 'checkpoint-and-block', chain: ada.chain.id, checkpoint: { size: sizeOf(ada.chain) - 1 } });
    expect(fork.signers.map(({ seat }) => seat.member)).toEqual([memberOf(ada)]);
    await expect(ada.chain.append('and on')).rejects.toMatchObject({ code: 'conflicting-block' });
  });

  test('signed by one of four is that one’s lie and stops nobody; a second who signs it proves a fork', { timeout: 90_000 }, async () => {
    const ada = await founder();
    const all = [ada];
    for (const name of ['Ben', 'Cem', 'Dee']) all.push(await validatorToo(name, ada));
    const eva = await joined('Eva', ada);
    await writes(ada, 'Hello');
    await until(eva.chain, () => sizeOf(eva.chain) === sizeOf(ada.chain));
    const other = { size: sizeOf(ada.chain), root: hashOf('another history') };
    const lies = [await signsAnything(all[2] ?? ada, other), await signsAnything(all[3] ?? ada, other)];
    const [first, second] = lies;
    if (first === undefined || second === undefined) throw new Error('two lie');
    await eva.chain.node.run(() => checkpointsOf(eva.chain).take(first, undefined));
    expect(eva.chain.log.contradictions().length).toBe(1);
    for (const { chain } of all) await until(chain, () => chain.log.contradictions().length === 1);
    await eva.off();
    await eva.on();
    expect(eva.chain.log.contradictions()[0]).toMatchObject({ ...other, signers: [{ id: memberOf(all[2] ?? ada) }] });
    expect(eva.chain.node.isForked).toBe(false);
    await writes(eva, 'it goes on');
    await eva.chain.node.run(() => checkpointsOf(eva.chain).take(second, undefined));
    for (const { chain } of [eva, ...all]) await until(chain, () => chain.node.isForked);
    const fork = unwrap(await checkForkProof(eva.chain.fork()?.proof ?? new Uint8Array(0), webCryptoVerifier()));
    expect(fork.signers.length).toBeGreaterThan(0);
  });
});
