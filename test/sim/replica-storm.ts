/**
 * Replicas alone through a storm, hundreds of times as fast as whole nodes: loss, delay, partitions, restarts, twins, rash
 * leaders, seats that stay empty, and one epoch after the other.
 */
import { FAIR, ReplicaNetwork } from '../support/replica-network.ts';
import { seededRandom } from '../support/seeded-random.ts';

const SECOND_MS = 1000;
const STORMS = 6;
const HEALED_LIMIT_MS = 900 * SECOND_MS;
const FINALIZATIONS_AFTER = 3;
/** Several times what any storm needs: whoever gets there turns in circles. */
const EVENTS_MAX = 400_000;
const SIZES = [1, 2, 4, 4, 4, 7];
/** What the network takes for a message when all is healed: replicas have to find out that it is longer than a view's first time. */
const HEALED_DELAYS_MS = [50, 50, 500, 4000];

/** What goes wrong in a run; `undefined` if nothing does. */
export function replicaStormProblem(seed: number): string | undefined {
  const random = seededRandom(seed);
  const n = SIZES[Math.floor(random() * SIZES.length)] ?? 4;
  const tolerated = Math.floor((n - 1) / 3);
  const twins = random() < 0.7 ? Array.from({ length: tolerated }, (_, i) => i) : [];
  const network = new ReplicaNetwork(n, random, twins);
  network.rash = random() < 0.6;
  network.closing = random() < 0.4 ? 0.2 : 0;
  // Who is not faulty otherwise may be away for good.
  if (twins.length === 0 && random() < 0.7) for (const node of network.nodes.slice(0, tolerated)) node.isUp = false;
  network.pending(true);
  const endsSilent = random() < 0.3;
  for (let storm = 0; storm < STORMS; storm++) {
    if (endsSilent && storm === STORMS - 1) network.pending(false);
    const side = network.nodes.map(() => random() < 0.6);
    const parted = random() < 0.5;
    const leaks = random() < 0.5 ? 0 : random() * 0.3;
    network.weather = {
      loss: random() * 0.4,
      delayMs: 20 + random() * (random() < 0.3 ? 100 : 3000),
      reaches: (from, to) => !parted || side[from] === side[to] || random() < leaks,
    };
    network.run(random() * 40 * SECOND_MS);
    for (const node of network.nodes) if (random() < 0.2) network.restart(node);
  }
  network.weather = { ...FAIR, delayMs: HEALED_DELAYS_MS[Math.floor(random() * HEALED_DELAYS_MS.length)] ?? 50 };
  if (endsSilent) {
    // For the sake of what is notarized alone.
    network.run(HEALED_LIMIT_MS, () => !network.isUnfinished || network.events > EVENTS_MAX);
    if (network.isUnfinished) return 'all is healed, nobody has more to say, and a notarized block does not become final';
  }
  // Whoever came back has to be told anew.
  network.pending(true);
  return network.problems[0] ?? afterwards(network, twins);
}

function afterwards(network: ReplicaNetwork, twins: readonly number[]): string | undefined {
  const before = network.honest.map(({ finalized }) => finalized);
  const isDone = () => network.honest.every(({ finalized, isUp }, i) => !isUp || finalized >= (before[i] ?? 0) + FINALIZATIONS_AFTER);
  network.run(HEALED_LIMIT_MS, () => isDone() || network.events > EVENTS_MAX);
  for (const { accused } of network.honest)
    for (const seat of accused) if (!twins.includes(seat)) return `seat ${seat} is accused, and did nothing`;
  return network.problems[0] ?? (isDone() ? undefined : 'all is healed, and nothing becomes final');
}
