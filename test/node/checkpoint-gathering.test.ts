/** Signatures under one checkpoint come one after the other, and some after the next checkpoint was begun. */
import { describe, expect, test } from 'vitest';
import type { TrustSet } from '../../src/core/codec/records.ts';
import { logSigners } from '../../src/core/light/log-signers.ts';
import { checkpointText, originOf } from '../../src/core/log/checkpoint.ts';
import type { NamedKey } from '../../src/core/log/verifier-key.ts';
import { Gathering } from '../../src/node/checkpoint-gathering.ts';
import { hashOf, keyOf } from '../support/world.ts';

const CHAIN = hashOf('chain');
const TRUST: TrustSet = {
  epoch: 0,
  base: CHAIN,
  seats: ['val', 'vera'].map((name) => ({
    member: hashOf(name),
    node: keyOf(name),
    vote: keyOf(`${name}, vote`),
    note: keyOf(`${name}, note`),
    software: [1],
    ready: 0,
  })),
  auditors: [{ member: hashOf('aud'), note: keyOf('aud, note') }],
  auditorsQuorum: 1,
};
const [val, vera, aud] = logSigners(CHAIN, TRUST);

/** Signatures are verified before they come here. */
function gathered(gathering: Gathering, size: number, ...signers: readonly (typeof val)[]): void {
  const keys: NamedKey[] = signers.flatMap((one) => [one?.cosigner, one?.log].filter((key) => key !== undefined));
  const checkpoint = { origin: originOf(CHAIN), size, root: hashOf(`root ${size}`) };
  const signatures = keys.map(({ name, id }) => ({ name, id, signature: new Uint8Array(72) }));
  gathering.add(checkpoint, { text: checkpointText(checkpoint), signatures });
}

describe('what may be published', () => {
  test('is what enough have signed alone, and never gets smaller', () => {
    const gathering = new Gathering(CHAIN);
    const published = (trust = TRUST) => {
      gathering.newest(trust);
      return gathering.whole?.checkpoint.size;
    };
    gathered(gathering, 5, val, vera);
    gathered(gathering, 8, val, vera);
    expect(published()).toBeUndefined();
    gathered(gathering, 5, aud);
    expect(published()).toBe(5);
    gathered(gathering, 8, aud);
    expect(published()).toBe(8);
    // Another auditor takes over, and is late.
    const next = { ...TRUST, epoch: 1, auditors: [{ member: hashOf('bud'), note: keyOf('bud, note') }] };
    const bud = logSigners(CHAIN, next).find(({ office }) => office === 'auditor');
    gathered(gathering, 6, val, vera, bud);
    expect(published(next)).toBe(8);
    gathered(gathering, 9, val, vera, bud);
    expect(published(next)).toBe(9);
  });
});

describe('what is shown', () => {
  test('is what enough have signed, though validators have gone on and the auditor was late', () => {
    const gathering = new Gathering(CHAIN);
    gathered(gathering, 5, val, vera);
    expect(gathering.newest(TRUST)).toMatchObject({ checkpoint: { size: 5 }, vouched: false });
    gathered(gathering, 8, val, vera);
    gathered(gathering, 5, aud);
    expect(gathering.newest(TRUST)).toMatchObject({ checkpoint: { size: 5 }, vouched: true });
    gathered(gathering, 8, aud);
    expect(gathering.newest(TRUST)).toMatchObject({ checkpoint: { size: 8 }, vouched: true });
  });

  test('is never an older one again, and a few newer ones are kept at the most', () => {
    const gathering = new Gathering(CHAIN);
    gathered(gathering, 5, val, vera, aud);
    for (let size = 6; size < 100; size++) gathered(gathering, size, val);
    expect(gathering.newest(TRUST)?.checkpoint.size).toBe(5);
    gathered(gathering, 99, vera, aud);
    expect(gathering.newest(TRUST)?.checkpoint.size).toBe(99);
    const text = (size: number) => checkpointText({ origin: originOf(CHAIN), size, root: hashOf(`root ${size}`) });
    expect(vera !== undefined && [5, 50, 98].map((size) => gathering.lacks(text(size), vera.cosigner))).toEqual([false, false, false]);
  });

  test('is judged anew by each epoch’s signers', () => {
    const gathering = new Gathering(CHAIN);
    gathered(gathering, 5, val);
    expect(gathering.newest(TRUST)?.vouched).toBe(false);
    expect(gathering.newest({ ...TRUST, seats: TRUST.seats.slice(0, 1), auditors: [], auditorsQuorum: 0 })?.vouched).toBe(true);
  });
});
