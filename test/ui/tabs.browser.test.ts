/** Several tabs, one node. Two apps in one page are two tabs to the browser: each has its own locks and channel. */
import { afterEach, describe, expect, test } from 'vitest';
import { RefusalError, type Result } from '../../src/core/base/result.ts';
import type { ChainView, JoinStage, RunningApp } from '../../src/ui/app.ts';
import { shareApp } from '../../src/ui/tabs.ts';
import { FakeApp } from './fake-app.ts';
import { CHAIN_ID, chainView } from './fake-views.ts';

const open: RunningApp[] = [];

/** A tab, and the node it would run: `ran` tells whether it did. */
function tab(node: FakeApp = new FakeApp(), before: () => Promise<void> = async () => {}) {
  const state = { node, ran: false };
  const app = shareApp(async () => {
    await before();
    state.ran = true;
    return node;
  });
  open.push(app);
  return Object.assign(state, { app });
}

async function ready(app: RunningApp): Promise<void> {
  await expect.poll(() => app.view.phase).toBe('ready');
}

async function collect(stages: AsyncIterable<JoinStage>, onEach: (stage: JoinStage) => void = () => {}): Promise<readonly JoinStage[]> {
  const out: JoinStage[] = [];
  for await (const stage of stages) {
    out.push(stage);
    onEach(stage);
  }
  return out;
}

async function locksLeft(): Promise<readonly (string | undefined)[]> {
  const { held = [], pending = [] } = await navigator.locks.query();
  return [...held, ...pending].map(({ name }) => name);
}

afterEach(async () => {
  for (const app of open.splice(0)) await app.close();
  // A lock that was asked for and no longer wanted is given back by the browser a moment later.
  await expect.poll(locksLeft).toEqual([]);
});

describe('one tab runs the node', () => {
  test('the second tab sees what the first one has, and runs none', async () => {
    const node = new FakeApp();
    node.setChain(chainView());
    const first = tab(node);
    await ready(first.app);
    const second = tab();
    await expect.poll(() => second.app.view.chains.map(({ name }) => name)).toEqual(['Garden cooperative']);
    expect(second.ran).toBe(false);
  });

  test('a change in the node reaches every tab that watches', async () => {
    const node = new FakeApp();
    node.setChain(chainView());
    const first = tab(node);
    await ready(first.app);
    const second = tab();
    const seen: (ChainView | undefined)[] = [];
    const stop = second.app.watchChain(CHAIN_ID, (view) => seen.push(view));
    await expect.poll(() => seen.at(-1)?.status.height).toBe(42);
    for (let height = 43; height <= 80; height++) node.setChain({ ...chainView(), status: { ...chainView().status, height } });
    await expect.poll(() => seen.at(-1)?.status.height).toBe(80);
    expect(seen.length, 'a burst comes as its last state, not as each').toBeLessThan(39);
    stop();
    await expect.poll(() => node.watching).toBe(0);
  });

  test('commands and their refusals come back to the tab that gave them', async () => {
    const node = new FakeApp();
    node.setChain(chainView());
    const first = tab(node);
    await ready(first.app);
    const second = tab();
    await ready(second.app);
    expect(await second.app.append(CHAIN_ID, 'from the second tab')).toEqual({ ok: true, value: undefined });
    expect(node.chain(CHAIN_ID).newest.entries.at(-1)?.content).toEqual({ type: 'text', text: 'from the second tab' });
    node.script.append = async () => {
      throw new RefusalError({ code: 'storage-full', detail: 'no room' });
    };
    expect(await second.app.append(CHAIN_ID, 'again')).toMatchObject({ ok: false, refusal: { code: 'storage-full' } });
  });

  test('what is asked before a node runs is answered once it does', async () => {
    const gate = Promise.withResolvers<void>();
    const { app } = tab(new FakeApp(), () => gate.promise);
    const answer = app.openInvitation('link');
    expect(app.view.phase).toBe('starting');
    gate.resolve();
    expect((await answer).ok).toBe(true);
  });

  test('a join in a tab that follows is shown stage by stage', async () => {
    const first = tab();
    await ready(first.app);
    const second = tab();
    const stages = await collect(
      second.app.join('link', { yourName: 'Ben', knock: false, operator: undefined, signal: new AbortController().signal }),
    );
    expect(stages.map((stage) => (stage.type === 'stage' ? stage.stage : stage.type))).toEqual([
      'reaching-relay',
      'verifying',
      'asking',
      'admitted',
      'usable',
    ]);
  });

  test('cancelling a join in a tab that follows reaches the node', async () => {
    const node = new FakeApp();
    node.script.join = async function* (_text, { signal }) {
      yield { type: 'stage', stage: 'reaching-relay', elapsedMs: 0 };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      yield { type: 'refused', code: 'aborted', detail: '', elapsedMs: 5 };
    };
    const first = tab(node);
    await ready(first.app);
    const second = tab();
    const stop = new AbortController();
    const stages = await collect(second.app.join('link', { yourName: 'Ben', knock: false, operator: undefined, signal: stop.signal }), () =>
      stop.abort(),
    );
    expect(stages.at(-1)).toMatchObject({ type: 'refused', code: 'aborted' });
  });
});

/** What the page reports as mistakes of its own from now on; they are kept from the test runner, which would fail on them. */
function reported(): { readonly messages: readonly string[]; readonly stop: () => void } {
  const messages: string[] = [];
  const listen = (event: ErrorEvent): void => {
    event.preventDefault();
    event.stopImmediatePropagation();
    messages.push(event.message);
  };
  window.addEventListener('error', listen, { capture: true });
  return { messages, stop: () => window.removeEventListener('error', listen, { capture: true }) };
}

test('a mistake in the node is reported, and does not pass for a lost connection, here and in the tabs that follow', async () => {
  const errors = reported();
  const node = new FakeApp();
  // biome-ignore lint/correctness/useYield: it breaks before it says anything
  node.script.join = async function* () {
    throw new TypeError('a planted mistake');
  };
  node.script.append = async () => {
    throw new TypeError('another planted mistake');
  };
  const first = tab(node);
  await ready(first.app);
  const second = tab();
  await ready(second.app);
  for (const { app } of [first, second]) {
    const stages = await collect(
      app.join('link', { yourName: 'Ben', knock: false, operator: undefined, signal: new AbortController().signal }),
    );
    expect(stages).toMatchObject([{ type: 'refused', code: 'failed' }]);
    expect(await app.append(CHAIN_ID, 'entry')).toMatchObject({ ok: false, refusal: { code: 'failed' } });
  }
  errors.stop();
  const twice = ['a planted mistake', 'another planted mistake', 'a planted mistake', 'another planted mistake'];
  expect(errors.messages.map((message) => message.replace(/^.*TypeError: /, ''))).toEqual(twice);
});

describe('the tab that runs the node goes away', () => {
  test('the next one starts its own, and what it and a third one show goes on', async () => {
    const before = new FakeApp();
    before.setChain(chainView({ name: 'As it was' }));
    const after = new FakeApp();
    after.setChain(chainView({ name: 'As it is' }));
    const first = tab(before);
    await ready(first.app);
    const second = tab(after);
    await ready(second.app);
    const third = tab();
    const seen = new Map<string, string | undefined>();
    second.app.watchChain(CHAIN_ID, (view) => seen.set('second', view?.name));
    third.app.watchChain(CHAIN_ID, (view) => seen.set('third', view?.name));
    await expect.poll(() => [...seen.values()]).toEqual(['As it was', 'As it was']);
    await first.app.close();
    expect(before.closed, 'its stores are closed before the next node opens them').toBe(true);
    await expect.poll(() => [seen.get('second'), seen.get('third')]).toEqual(['As it is', 'As it is']);
    expect([second.ran, third.ran]).toEqual([true, false]);
    expect((await third.app.append(CHAIN_ID, 'still here')).ok).toBe(true);
    expect(after.chain(CHAIN_ID).newest.entries).toHaveLength(1);
  });

  test('a command that may have been carried out is not asked twice; one that only reads is', async () => {
    const silent = new FakeApp();
    const never = new Promise<never>(() => {});
    const asked: string[] = [];
    silent.script.append = async (text) => {
      asked.push(text);
      return never;
    };
    silent.script.openInvitation = async (text) => {
      asked.push(text);
      return never;
    };
    const first = tab(silent);
    await ready(first.app);
    const second = tab();
    await ready(second.app);
    const writing: Promise<Result<void>> = second.app.append(CHAIN_ID, 'entry');
    const reading = second.app.openInvitation('link');
    await expect.poll(() => asked).toEqual(['entry', 'link']);
    await first.app.close();
    expect(await writing).toMatchObject({ ok: false, refusal: { code: 'closed' } });
    expect((await reading).ok).toBe(true);
  });

  test('a join is taken up again by the next node', async () => {
    const stuck = new FakeApp();
    stuck.script.join = async function* () {
      yield { type: 'stage', stage: 'reaching-relay', elapsedMs: 0 };
      await new Promise(() => {});
    };
    const first = tab(stuck);
    await ready(first.app);
    const second = tab();
    await ready(second.app);
    const stages = await collect(
      second.app.join('link', { yourName: 'Ben', knock: false, operator: undefined, signal: new AbortController().signal }),
      (stage) => {
        if (stage.type === 'stage' && stage.stage === 'reaching-relay' && !second.ran) void first.app.close();
      },
    );
    expect(stages.at(-1)).toMatchObject({ type: 'usable', chain: CHAIN_ID });
    expect(second.ran).toBe(true);
  });

  test('a tab that followed and is closed leaves nothing with the node', async () => {
    const node = new FakeApp();
    node.setChain(chainView());
    const first = tab(node);
    await ready(first.app);
    const second = tab();
    second.app.watchChain(CHAIN_ID, () => {});
    await expect.poll(() => node.watching).toBe(1);
    await second.app.close();
    await expect.poll(() => node.watching).toBe(0);
  });
});

test('a node that cannot start says why, and the next tab may try', async () => {
  const failing = tab(new FakeApp(), async () => {
    throw new RefusalError({ code: 'storage-failed', detail: 'private window' });
  });
  await expect.poll(() => failing.app.view.problem).toBe('storage-failed');
  expect(await failing.app.openInvitation('link')).toMatchObject({ ok: false, refusal: { code: 'storage-failed' } });
  const next = tab();
  await ready(next.app);
  await expect.poll(() => failing.app.view.phase, { message: 'the first one follows' }).toBe('ready');
});

test('messages of another version of the page are not read', async () => {
  const { app } = tab();
  await ready(app);
  const channel = new BroadcastChannel('latchkey-tabs');
  channel.postMessage({ version: 999, to: 'all', holder: 'x' });
  channel.postMessage('nonsense');
  channel.postMessage({ to: 'all' });
  channel.close();
  expect((await app.openInvitation('link')).ok).toBe(true);
});
