/** Several replicas over a bad network: what is final never contradicts itself, and a network that heals brings progress. */
import { describe, expect, test } from 'vitest';
import { FAIR, ReplicaNetwork } from '../support/replica-network.ts';
import { seededRandom } from '../support/seeded-random.ts';

const SECOND = 1000;
const seeds = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

/** Everybody has something to say until each honest node has seen so many more finalizations. */
function expectProgress(network: ReplicaNetwork, more: number, withinMs: number): void {
  const before = network.honest.map(({ finalized }) => finalized);
  network.pending(true);
  const done = () => network.honest.every(({ finalized, isUp }, i) => !isUp || finalized >= (before[i] ?? 0) + more);
  network.run(withinMs, done);
  expect(
    done(),
    `progress within ${withinMs} ms: ${network.honest.map(({ finalized, replica }) => `${finalized} in ${replica.view}`).join(', ')}`,
  ).toBe(true);
}

describe.each([1, 2, 3, 4, 7, 10])('%d validators in fair weather', (n) => {
  test('finalize block after block, and then fall silent', () => {
    const network = new ReplicaNetwork(n, seededRandom(n));
    expectProgress(network, 20, 60 * SECOND);
    network.pending(false);
    network.run(600 * SECOND);
    expect(network.isQuiet).toBe(true);
    expect(network.problems).toEqual([]);
    const finals = new Set(network.nodes.map(({ replica }) => String(replica.final.block)));
    expect(finals.size).toBe(1);
    for (const { accused } of network.nodes) expect([...accused]).toEqual([]);
  });
});

test('one of four is down: its turns cost one time-out, then none, and nobody waits for it', () => {
  const network = new ReplicaNetwork(4, seededRandom(1));
  const down = network.nodes[2];
  if (down === undefined) throw new Error('there are four');
  down.isUp = false;
  expectProgress(network, 12, 30 * SECOND);
  const began = network.now;
  expectProgress(network, 40, 30 * SECOND);
  expect(network.now - began).toBeLessThan(15 * SECOND);
});

test('two of four are down: nothing becomes final; they come back, and it goes on', () => {
  const network = new ReplicaNetwork(4, seededRandom(2));
  const [, second, third] = network.nodes;
  if (second === undefined || third === undefined) throw new Error('there are four');
  expectProgress(network, 3, 30 * SECOND);
  second.isUp = false;
  third.isUp = false;
  const before = network.finalChild.size;
  network.run(120 * SECOND);
  // What was under way may still have come to its end.
  expect(network.finalChild.size).toBeLessThanOrEqual(before + 1);
  for (const node of [second, third]) {
    node.isUp = true;
    network.restart(node);
  }
  expectProgress(network, 5, 400 * SECOND);
  expect(network.problems).toEqual([]);
});

describe.each([4, 7])('%d validators', (n) => {
  test.each(seeds(40))('through loss, delay, partitions and restarts (seed %d)', (seed) => {
    const random = seededRandom(seed * 100 + n);
    const network = new ReplicaNetwork(n, random);
    network.pending(true);
    for (let storm = 0; storm < 6; storm++) {
      const side = network.nodes.map(() => random() < 0.6);
      const parted = random() < 0.5;
      network.weather = {
        loss: random() * 0.4,
        delayMs: 20 + random() * 3000,
        reaches: (from, to) => !parted || side[from] === side[to],
      };
      network.run(random() * 60 * SECOND);
      for (const node of network.nodes) if (random() < 0.2) network.restart(node);
    }
    network.weather = FAIR;
    expectProgress(network, 3, 900 * SECOND);
    expect(network.problems).toEqual([]);
    for (const { accused } of network.nodes) expect([...accused]).toEqual([]);
  });

  test.each(seeds(40))('with twins, two replicas of one key, that each talk to some (seed %d)', (seed) => {
    const random = seededRandom(seed * 1000 + n);
    const faulty = Math.floor((n - 1) / 3);
    const twins = Array.from({ length: faulty }, (_, i) => i);
    const network = new ReplicaNetwork(n, random, twins);
    network.pending(true);
    for (let storm = 0; storm < 6; storm++) {
      const side = network.nodes.map(() => random() < 0.5);
      network.weather = {
        loss: random() * 0.2,
        delayMs: 20 + random() * 500,
        reaches: (from, to) => random() < 0.3 || side[from] === side[to],
      };
      network.run(random() * 60 * SECOND);
    }
    network.weather = FAIR;
    expectProgress(network, 3, 900 * SECOND);
    expect(network.problems).toEqual([]);
    for (const { accused } of network.honest) for (const seat of accused) expect(twins).toContain(seat);
  });
});

test('somewhere among them a twin was accused', () => {
  const accused = seeds(20).filter((seed) => {
    const random = seededRandom(seed);
    const network = new ReplicaNetwork(4, random, [1]);
    network.pending(true);
    network.run(60 * SECOND);
    return network.honest.some((node) => node.accused.has(1));
  });
  expect(accused.length).toBeGreaterThan(10);
});

test.each(seeds(20))('a block that closes the epoch has no successors in it: all agree where the next begins (seed %d)', (seed) => {
  const random = seededRandom(seed);
  const network = new ReplicaNetwork(4, random);
  network.closing = 0.2;
  network.weather = { loss: 0.3, delayMs: 400, reaches: () => true };
  network.pending(true);
  network.run(200 * SECOND);
  network.weather = FAIR;
  const epochs = Math.max(...network.nodes.map(({ epoch }) => epoch)) + 1;
  network.run(900 * SECOND, () => network.nodes.every(({ epoch }) => epoch >= epochs));
  expect(network.problems).toEqual([]);
  for (let epoch = 0; epoch < epochs; epoch++)
    expect(new Set(network.nodes.map(({ closed }) => String(closed[epoch]?.subject.block))).size).toBe(1);
  for (const { epoch } of network.nodes) expect(epoch).toBeGreaterThanOrEqual(epochs);
});
