/**
 * Three organisations run a chain together. Newcomers ask, two of three approve, one is promoted, one suspended and then
 * removed; a person in a browser waits for approval through a reload. Everybody ends up with the same record.
 */
import type { ActAnswer } from '../../relay/src/desk.ts';
import type { StoryView } from '../../relay/src/desk-views.ts';
import { Person } from '../e2e/person.ts';
import { Ground } from './ground.ts';
import type { Operator } from './operator.ts';
import { see, type Tell } from './story.ts';

const CHAIN = 'Harbour';
const OPERATOR = ['--operator', 'Emil Ltd', '--region', '276', '--kbps', '100000', '--checklist', '7'];

interface Federation {
  readonly alpha: Operator;
  readonly beta: Operator;
  readonly gamma: Operator;
}

export async function consortium(tell: Tell, stage: AsyncDisposableStack): Promise<void> {
  const ground = await Ground.open('consortium', stage);
  const federation = await found(tell, ground);
  const { dora, emil } = await admitNewcomers(tell, ground, federation);
  const browser = await admitBrowser(tell, ground, federation);
  await promote(tell, federation, emil);
  await suspend(tell, federation, dora);
  await remove(tell, federation, emil);
  await agree(tell, federation, browser);
}

// ---------------------------------------------------------------- who they are

async function found(tell: Tell, ground: Ground): Promise<Federation> {
  await tell('the page is built', () => ground.buildPage());
  const alpha = await tell('Alpha starts a relay and founds the chain, by the rules of a consortium', async (note) => {
    const relay = await ground.relay('Alpha');
    const made = await relay.types('chain', 'create', CHAIN, '--template', 'consortium');
    note(`${made.name}: ${made.chain}`);
    return relay;
  });
  const [beta, gamma] = [await admitByOne(tell, ground, alpha, 'Beta'), await admitByOne(tell, ground, alpha, 'Gamma')];
  await tell('now that they are three, the rules ask for two of three', async () => {
    const two = ['writer', 'observer'].flatMap((role) => ['--role', `${role}=invitation+approvals:2`]);
    const more = ['federation', 'gateway', 'validator'].flatMap((role) => ['--role', `${role}=approvals:2`]);
    const kinds = ['grant', 'withdraw', 'remove', 'rules'].flatMap((kind) => ['--approvals', `${kind}=2`]);
    const done: ActAnswer = await alpha.types('propose', 'rules', ...two, ...more, ...kinds, '--reason', 'We are three');
    see(done.status === 'approved', 'one approval was enough for the last time');
  });
  return { alpha, beta, gamma };
}

/** While the founder is alone, its approval admits to the federation. */
function admitByOne(tell: Tell, ground: Ground, alpha: Operator, name: string): Promise<Operator> {
  return tell(`${name} opens Alpha’s link to the federation, asks, and enters with Alpha’s approval`, async () => {
    const { url } = await alpha.types('invite', CHAIN, '--role', 'federation');
    const node = await ground.node(name, url);
    const request = await waitingRequest(alpha, name);
    see(!node.admitted, `${name} waits`);
    await alpha.types('approve', request, '--reason', `We know ${name}`);
    await node.isAdmitted();
    return node;
  });
}

async function waitingRequest(operator: Operator, name: string): Promise<string> {
  let id: string | undefined;
  await operator.sees(`the request of ${name}`, async () => {
    const { requests } = await operator.asks('requests');
    id = requests.find((one) => one.name === name && one.status === 'pending')?.id;
    return id !== undefined;
  });
  see(id !== undefined, `${name} has asked`);
  return id;
}

// ---------------------------------------------------------------- newcomers

async function admitNewcomers(tell: Tell, ground: Ground, { alpha, beta, gamma }: Federation) {
  return {
    dora: await admitByTwo(tell, ground, 'Dora', [alpha, beta, gamma]),
    emil: await admitByTwo(tell, ground, 'Emil', [beta, gamma, alpha]),
  };
}

type Three = readonly [inviter: Operator, second: Operator, third: Operator];

async function admitByTwo(tell: Tell, ground: Ground, name: string, [inviter, second, third]: Three): Promise<Operator> {
  const { node, request } = await tell(`${name} opens a link of ${inviter.name}, and asks to join`, async (note) => {
    const { url } = await inviter.types('invite', CHAIN, '--role', 'writer');
    const asking = { node: await ground.node(name, url), request: await waitingRequest(second, name) };
    note(`request ${asking.request.slice(0, 12)}, seen by ${second.name}`);
    return asking;
  });
  await tell(`${second.name} approves: one of two, ${name} waits on`, async (note) => {
    const answer: ActAnswer = await second.types('approve', request);
    see(answer.approvals === 1 && answer.status === 'pending', 'one of two approvals');
    note(`a second approval of ${second.name} is refused: ${await second.isRefused('approve', request)}`);
    see(!node.admitted, `${name} is not in yet`);
  });
  await tell(`${third.name} approves: two of two, and ${name} enters by itself`, async (note) => {
    const answer: ActAnswer = await third.types('approve', request, '--reason', 'Welcome');
    see(answer.status === 'approved', 'the request is approved');
    await node.isAdmitted();
    const why: StoryView = await inviter.types('members', '--why', name);
    note(`${why.name}: invited by ${why.invitation?.issuer}, approved by ${why.decisions.map((one) => one.name).join(' and ')}`);
  });
  return node;
}

async function admitBrowser(tell: Tell, ground: Ground, { alpha, gamma }: Federation): Promise<Person> {
  const fay = await Person.arrive('Fay');
  ground.ends(() => fay.leave());
  const request = await tell('Fay opens a link in a browser, asks to join, and reloads the page while she waits', async () => {
    const { url } = await alpha.types('invite', CHAIN, '--role', 'writer');
    await fay.opensAndJoins(url);
    const asked = await waitingRequest(alpha, 'Fay');
    await fay.page.getByText('Nobody has decided yet').waitFor();
    await fay.page.reload();
    return asked;
  });
  await tell('Alpha and Gamma approve, and Fay’s page shows the chain by itself', async () => {
    await alpha.types('approve', request);
    await gamma.types('approve', request);
    await fay.page.getByRole('textbox', { name: 'New entry' }).waitFor();
    await fay.writes('Fay was here.');
    await fay.entry('Fay was here.', 'final').waitFor();
  });
  return fay;
}

// ---------------------------------------------------------------- promotion, suspension, removal

async function promote(tell: Tell, { alpha, beta }: Federation, emil: Operator): Promise<void> {
  const request = await tell('Emil asks to be a gateway; without operator information that is refused', async (note) => {
    note(await emil.isRefused('request-role', 'gateway'));
    const asked: ActAnswer = await emil.types('request-role', 'gateway', ...OPERATOR);
    return asked.id;
  });
  await tell('Alpha and Beta approve: Emil is writer and gateway', async () => {
    await waitingRequest(beta, 'Emil');
    await alpha.types('approve', request);
    await beta.types('approve', request);
    await emil.sees('its new role', async () => {
      const { members } = await emil.asks('members');
      return members.some(({ name, roles }) => name === 'Emil' && roles.includes('gateway') && roles.includes('writer'));
    });
  });
}

async function isConnected(operator: Operator, name: string): Promise<boolean> {
  return (await operator.chain()).connected.includes(name);
}

async function suspend(tell: Tell, { alpha, gamma }: Federation, dora: Operator): Promise<void> {
  await tell('Gamma suspends Dora, which one alone may: her connection closes, and she may not act', async (note) => {
    await alpha.sees('Dora among its peers', () => isConnected(alpha, 'Dora'));
    const answer: ActAnswer = await gamma.types('propose', 'suspend', 'Dora', '--reason', 'Odd traffic');
    see(answer.status === 'approved', 'the suspension takes effect at once');
    await alpha.sees('Dora gone from its peers', async () => !(await isConnected(alpha, 'Dora')));
    await dora.sees('no session left', async () => (await dora.chain()).sessions === 0);
    note(`Dora’s node says: ${await dora.isRefused('invite', CHAIN)}`);
  });
}

async function remove(tell: Tell, { alpha, beta, gamma }: Federation, emil: Operator): Promise<void> {
  const proposal = await tell('Alpha proposes to remove Emil: one of two, and he stays connected', async (note) => {
    const answer: ActAnswer = await alpha.types('propose', 'remove', 'Emil', '--reason', 'It was him');
    see(answer.status === 'pending' && answer.approvals === 1, 'one of two approvals');
    await alpha.sees('Emil among its peers', () => isConnected(alpha, 'Emil'));
    note(`would leave ${answer.consequence?.after.members} members, ${answer.consequence?.after.validators} validator`);
    return answer.id;
  });
  await tell('Beta approves: Emil is removed, his connection closes, and no node lets him in any more', async () => {
    await beta.sees('the proposal', async () => (await beta.asks('proposals')).proposals.some(({ id }) => id === proposal));
    const answer: ActAnswer = await beta.types('approve', proposal);
    see(answer.status === 'approved', 'the removal takes effect');
    for (const one of [alpha, beta, gamma]) {
      await one.sees('Emil no member', async () => !(await one.asks('members')).members.some(({ name }) => name === 'Emil'));
      await one.sees('Emil gone from its peers', async () => !(await isConnected(one, 'Emil')));
    }
    await emil.sees('no session left', async () => (await emil.chain()).sessions === 0);
  });
}

async function agree(tell: Tell, { alpha, beta, gamma }: Federation, browser: Person): Promise<void> {
  await tell('all nodes that are left hold the same record', async (note) => {
    for (const one of [beta, gamma]) {
      await one.sees('the tip that Alpha has', async () => (await one.chain()).tip === (await alpha.chain()).tip);
    }
    see(browser.errors.length === 0, `no script of the page failed: ${browser.errors.join('; ')}`);
    const { height, members, tip } = await alpha.chain();
    note(`height ${height}, ${members} members, block ${tip.slice(0, 16)}…`);
  });
}
