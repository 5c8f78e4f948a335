/**
 * Twins: four validators, of whom one runs as two replicas with one key, each as honest as the others and neither aware of the
 * other. For views 1 and 2 it is laid down who leads and who hears whom; then all is healed. After "Twins: BFT Systems Made
 * Robust" (Bano et al., <https://arxiv.org/abs/2004.10617>). Every case there is, over the replica that ships.
 */
import { ReplicaNetwork } from '../support/replica-network.ts';
import { seededRandom } from '../support/seeded-random.ts';

const VALIDATORS = 4;
const TWIN_SEAT = 0;
/** Four seats and the twin. */
const NODES = 5;
const VIEWS = 2;
const SECOND_MS = 1000;
/** Longer than the time-outs of both views. */
const PARTED_MS = 12 * SECOND_MS;
const HEALED_LIMIT_MS = 400 * SECOND_MS;
const FINALIZATIONS_AFTER = 2;

/** Who hears whom: for each node the group it is in. */
type Partition = readonly number[];

export interface TwinsCase {
  readonly partitions: readonly Partition[];
  readonly leaders: readonly number[];
}

/** All partitions of the nodes into groups, each once: a group's number is at most one above those before it. */
export function partitions(nodes = NODES): readonly Partition[] {
  let all: readonly Partition[] = [[]];
  for (let node = 0; node < nodes; node++)
    all = all.flatMap((some) => Array.from({ length: Math.max(-1, ...some) + 2 }, (_, group) => [...some, group]));
  return all;
}

/** The same with the twins in each other's place. */
function mirrored(partition: Partition): string {
  const swapped = partition.map((_, node) => partition[node === 0 ? NODES - 1 : node === NODES - 1 ? 0 : node]);
  const names = new Map<number | undefined, number>();
  return swapped.map((group) => names.get(group) ?? names.set(group, names.size).get(group)).join('');
}

/** Every case, of two that differ only in which twin is which the first alone. */
export function* twinsCases(): Generator<TwinsCase> {
  const all = partitions();
  const leaders = Array.from({ length: VALIDATORS }, (_, seat) => seat);
  for (const one of all) {
    for (const two of all) {
      if (`${mirrored(one)}/${mirrored(two)}` < `${one.join('')}/${two.join('')}`) continue;
      for (const first of leaders) for (const second of leaders) yield { partitions: [one, two], leaders: [first, second] };
    }
  }
}

/** What goes wrong in a case; `undefined` if nothing does. */
export function twinsProblem({ partitions: parted, leaders }: TwinsCase): string | undefined {
  const leaderOf = (view: number) => leaders[view - 1] ?? view % VALIDATORS;
  const network = new ReplicaNetwork(VALIDATORS, seededRandom(1), [TWIN_SEAT], leaderOf);
  network.weather = {
    loss: 0,
    delayMs: 50,
    reaches: (from, to, view) => {
      const groups = parted[view - 1];
      return view > VIEWS || groups === undefined || groups[from] === groups[to];
    },
  };
  network.pending(true);
  network.run(PARTED_MS);
  network.weather = { loss: 0, delayMs: 50, reaches: () => true };
  const before = network.honest.map(({ finalized }) => finalized);
  const isDone = () => network.honest.every(({ finalized }, i) => finalized >= (before[i] ?? 0) + FINALIZATIONS_AFTER);
  network.run(HEALED_LIMIT_MS, isDone);
  const [problem] = network.problems;
  if (problem !== undefined) return problem;
  for (const { accused } of network.honest)
    for (const seat of accused) if (seat !== TWIN_SEAT) return `seat ${seat} is accused, and is no twin`;
  return isDone() ? undefined : 'all is healed, and nothing becomes final';
}

export function describeCase({ partitions: parted, leaders }: TwinsCase): string {
  return parted.map((groups, i) => `view ${i + 1}: seat ${leaders[i]} leads, groups ${groups.join('')}`).join('; ');
}
