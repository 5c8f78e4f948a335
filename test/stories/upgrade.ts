/**
 * A rolling upgrade: four validators, at first all of one build. Three are brought to the next build one after the other while
 * the chain goes on; both run side by side until the height of the upgrade. The fourth, left behind, then stops with a
 * clear message, and has lost nothing once it is brought over too.
 */
import type { ActAnswer } from '../../relay/src/desk.ts';
import { freePorts } from '../e2e/free-ports.ts';
import { Ground } from './ground.ts';
import type { Operator } from './operator.ts';
import { see, type Tell } from './story.ts';

const CHAIN = 'Harbour';
const VALIDATORS = 4;
/** Blocks between the proposal and the upgrade. */
const AHEAD = 6;

const BOTH_VERSIONS = {
  file: 'src/core/codec/genesis.ts',
  from: 'PROTOCOL_VERSIONS: readonly number[] = [PROTOCOL_VERSION]',
  to: 'PROTOCOL_VERSIONS: readonly number[] = [1, 2]',
};

interface Fleet {
  readonly ground: Ground;
  readonly alpha: Operator;
  readonly others: readonly Operator[];
  /** Starts one anew, on its data and ports, as this build. */
  readonly restart: (operator: Operator, command: string) => Promise<Operator>;
}

export async function upgrade(tell: Tell, stage: AsyncDisposableStack): Promise<void> {
  const ground = await Ground.open('upgrade', stage);
  const fleet = await found(tell, ground);
  const next = await tell('the next build is made: it knows protocol versions 1 and 2', () => ground.build('next', [BOTH_VERSIONS]));
  const { alpha, beta, gamma, delta } = await bringOver(tell, fleet, next);
  const height = await activate(tell, { alpha, delta });
  await leaveBehind(tell, { alpha, beta, gamma, delta }, height);
  await catchUp(tell, fleet, { alpha, delta }, next);
}

async function found(tell: Tell, ground: Ground): Promise<Fleet> {
  const starts = new Map<string, (command?: string) => Promise<Operator>>();
  const alpha = await tell('Alpha founds a chain on a relay, and is its only validator', async () => {
    await ground.emptyPage();
    const ports = await freePorts();
    starts.set('Alpha', (command) => ground.relay('Alpha', ports, command));
    const relay = await ground.relay('Alpha', ports);
    await relay.types('chain', 'create', CHAIN);
    return relay;
  });
  const others: Operator[] = [];
  for (const name of ['Beta', 'Gamma', 'Delta']) {
    others.push(
      await tell(`${name} joins, is granted validator, and takes its seat by itself`, async () => {
        const { url } = await alpha.types('invite', CHAIN);
        const ports = (await freePorts()).slice(2);
        starts.set(name, (command) => ground.node(name, url, ports, command));
        const node = await ground.node(name, url, ports);
        await node.isAdmitted();
        await alpha.types('propose', 'grant', name, 'validator');
        await node.sees('its seat', async () => (await node.chain()).validating);
        return node;
      }),
    );
  }
  const restart = async (operator: Operator, command: string) => {
    await operator.stops();
    return (await starts.get(operator.name)?.(command)) ?? operator;
  };
  return { ground, alpha, others, restart };
}

async function bringOver(tell: Tell, { alpha, others, restart }: Fleet, next: string) {
  const [beta, gamma, delta] = others;
  see(beta !== undefined && gamma !== undefined && delta !== undefined, 'there are four');
  const over = async (operator: Operator, witness: Operator) =>
    tell(`${operator.name} is restarted as the next build, and the chain goes on with both`, async () => {
      const again = await restart(operator, next);
      await again.sees('its seat', async () => (await again.chain()).validating);
      await isWritten(witness, `${operator.name} is on the next build.`, again);
      return again;
    });
  return { gamma: await over(gamma, delta), beta: await over(beta, delta), alpha: await over(alpha, delta), delta };
}

/** One writes, and another has it as final. */
async function isWritten(writer: Operator, text: string, reader: Operator): Promise<void> {
  const { final } = await writer.types('write', text);
  see(final, 'what was written is final');
  await reader.sees(`“${text}”`, async () =>
    (await reader.asks('entries', { limit: 50 })).entries.some((one) => one.text === text && one.state === 'final'),
  );
}

async function activate(tell: Tell, { alpha, delta }: { alpha: Operator; delta: Operator }): Promise<number> {
  return tell('Alpha proposes version 2 from a height on; until then old and new decide blocks together', async (note) => {
    const able = async () => (await alpha.chain()).versions.filter((versions) => versions.includes(2)).length;
    await delta.sees('three validators that have said that they run version 2', async () => (await able()) === VALIDATORS - 1);
    const height = (await alpha.chain()).height + AHEAD;
    const answer: ActAnswer = await alpha.types('propose', 'activate', '2', String(height));
    see(answer.status === 'approved', 'the upgrade is planned');
    while ((await alpha.chain()).height < height - 1) await isWritten(alpha, `At height ${(await alpha.chain()).height}.`, delta);
    note(`version 2 from height ${height} on; all of the four are at ${(await alpha.chain()).height}`);
    return height;
  });
}

type Four = { readonly [K in 'alpha' | 'beta' | 'gamma' | 'delta']: Operator };

async function leaveBehind(tell: Tell, { alpha, beta, gamma, delta }: Four, height: number): Promise<void> {
  await tell('Delta, still the old build, stops before that height and says why', async (note) => {
    await delta.sees('that it stopped', async () => (await delta.chain()).problem === 'unsupported-version');
    const said = delta.said.split('\n').find((line) => line.includes('protocol version'));
    see(said !== undefined, 'it says so');
    note(said);
  });
  await tell('the other three go on under version 2', async (note) => {
    await isWritten(alpha, 'Under version 2.', beta);
    await isWritten(gamma, 'All is well.', alpha);
    const chain = await alpha.chain();
    see(chain.height >= height && chain.protocol === 2, 'the chain is of version 2');
    note(`height ${chain.height}, ${VALIDATORS - 1} of ${chain.validators} validators at work`);
  });
}

async function catchUp(
  tell: Tell,
  { restart }: Fleet,
  { alpha, delta }: { alpha: Operator; delta: Operator },
  next: string,
): Promise<void> {
  const before = await tell('what Delta had it still has, and what it writes now waits', async (note) => {
    const { entries } = await delta.asks('entries', { limit: 50 });
    await delta.waits('write', 'Written while I was behind.');
    note(`${entries.length} entries, and one that waits`);
    return entries.length;
  });
  await tell('Delta is restarted as the next build: it catches up, and what waited is final', async () => {
    const again = await restart(delta, next);
    await again.sees('what it wrote as final', async () => {
      const { entries } = await again.asks('entries', { limit: 100 });
      return entries.length > before && entries.some((one) => one.text === 'Written while I was behind.' && one.state === 'final');
    });
    await again.sees('the tip that Alpha has', async () => (await again.chain()).tip === (await alpha.chain()).tip);
  });
}
