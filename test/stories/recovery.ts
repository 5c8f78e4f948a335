/** What a group survives: a device that is lost, a key that is stolen, a chain whose only validator is gone for good. */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { ActAnswer } from '../../relay/src/desk.ts';
import { Person } from '../e2e/person.ts';
import { runRelay } from '../support/relay-process.ts';
import { Ground } from './ground.ts';
import type { Operator } from './operator.ts';
import { see, type Tell } from './story.ts';

const CHAIN = 'Harbour';
/** How long others may object to a recovery; days, in life. */
const OBJECTION_SECONDS = 2;

export async function recovery(tell: Tell, stage: AsyncDisposableStack): Promise<void> {
  const ground = await Ground.open('recovery', stage);
  const { alpha, beta } = await found(tell, ground);
  await loseDevice(tell, ground, alpha);
  await restoreBackup(tell, ground, alpha);
  await stealKey(tell, ground, alpha, beta);
  await reviveChain(tell, ground, alpha);
}

async function found(tell: Tell, ground: Ground): Promise<{ readonly alpha: Operator; readonly beta: Operator }> {
  return tell('Alpha founds a chain whose members approve; Beta is in the federation, and newcomers need both', async () => {
    await ground.buildPage();
    const alpha = await ground.relay('Alpha');
    const keys = ['--recovery', '2/3', '--recovery-folder', join(ground.folder, 'keys'), '--delay', `${OBJECTION_SECONDS}s`];
    await alpha.types('chain', 'create', CHAIN, '--template', 'members-approve', ...keys);
    const beta = await admitted(ground, alpha, [alpha], 'Beta', 'federation');
    const both = ['writer', 'federation'].flatMap((role) => ['--role', `${role}=approvals:2`]);
    const rules: ActAnswer = await alpha.types('propose', 'rules', ...both);
    if (rules.status === 'pending') await beta.types('approve', rules.id);
    return { alpha, beta };
  });
}

/** Lets somebody in by a link and everybody's approval. */
async function admitted(ground: Ground, inviter: Operator, federation: readonly Operator[], name: string, role: string): Promise<Operator> {
  const { url } = await inviter.types('invite', CHAIN, '--role', role);
  const node = await ground.node(name, url);
  const request = await requestOf(inviter, name);
  for (const one of federation) await one.types('approve', request);
  await node.isAdmitted();
  return node;
}

async function requestOf(operator: Operator, name: string): Promise<string> {
  const waiting = async () => (await operator.asks('requests')).requests.find((one) => one.name === name && one.status === 'pending');
  await operator.sees(`the request of ${name}`, async () => (await waiting()) !== undefined);
  return (await waiting())?.id ?? '';
}

/** A link that is as good as any to find the chain by. */
async function placeOf(alpha: Operator): Promise<string> {
  return (await alpha.types('invite', CHAIN, '--role', 'observer')).url;
}

async function phraseOf(ground: Ground, operator: Operator): Promise<string> {
  const { phrase } = await operator.types('phrase');
  see(typeof phrase === 'string' && phrase.split(' ').length === 12, 'twelve words');
  const file = join(ground.folder, `${operator.name}.words`);
  await writeFile(file, phrase);
  return file;
}

async function loseDevice(tell: Tell, ground: Ground, alpha: Operator): Promise<void> {
  const { words, id } = await tell('Dora joins, writes her recovery phrase down, and loses her machine', async () => {
    const beta = ground.operator('Beta');
    const dora = await admitted(ground, alpha, [alpha, beta], 'Dora', 'writer');
    const file = await phraseOf(ground, dora);
    await dora.types('phrase', '--confirm');
    await dora.stops('SIGKILL');
    await rm(dora.folder, { recursive: true });
    return { words: file, id: await memberId(alpha, 'Dora') };
  });
  await tell('in a fresh browser the phrase makes her the same member again, by a new key', async (note) => {
    const dora = await Person.arrive('Dora');
    ground.ends(() => dora.leave());
    await dora.page.goto(alpha.ready.url);
    await dora.page.getByRole('link', { name: 'I have a recovery phrase' }).click();
    await dora.page.getByRole('textbox', { name: 'The twelve words' }).fill(await readFile(words, 'utf8'));
    await dora.page.getByRole('textbox', { name: 'Any link of the chain' }).fill(await placeOf(alpha));
    await dora.page.getByRole('button', { name: 'Recover' }).click();
    await dora.page.getByRole('textbox', { name: 'New entry' }).waitFor();
    await dora.writes('Back again.');
    await dora.entry('Back again.', 'final').waitFor();
    const { entries } = await alpha.asks('entries', { limit: 1 });
    see(entries[0]?.author === 'Dora', 'Alpha has it as Dora’s');
    see((await memberId(alpha, 'Dora')) === id, 'the same member');
    see(dora.errors.length === 0, `no script of the page failed: ${dora.errors.join('; ')}`);
    note(`member ${id.slice(0, 12)}, as before`);
  });
}

async function restoreBackup(tell: Tell, ground: Ground, alpha: Operator): Promise<void> {
  await tell('Emil’s machine is lost too, but for a backup file and the words: another machine is his from then on', async (note) => {
    const emil = await admitted(ground, alpha, [alpha, ground.operator('Beta')], 'Emil', 'writer');
    const [words, password, file] = [await phraseOf(ground, emil), join(ground.folder, 'password'), join(ground.folder, 'Emil.backup')];
    await writeFile(password, 'correct horse battery');
    const { bytes } = await emil.types('backup', file, '--password-file', password);
    await emil.stops('SIGKILL');
    await rm(emil.folder, { recursive: true });
    const again = await ground.relay('Emil2');
    await again.types('restore', file, '--password-file', password, '--phrase-file', words);
    const { members } = await again.asks('members');
    see(
      members.some(({ name, you }) => name === 'Emil' && you),
      'Emil is himself',
    );
    note(`a file of ${bytes} bytes, without a key in it`);
  });
}

async function memberId(operator: Operator, name: string): Promise<string> {
  const { members } = await operator.asks('members');
  return members.find((one) => one.name === name)?.id ?? '';
}

async function stealKey(tell: Tell, ground: Ground, alpha: Operator, beta: Operator): Promise<void> {
  const words = await phraseOf(ground, beta);
  const request = await tell('a thief with Beta’s data folder approves the request of Mallory, whom nobody knows', async () => {
    const { url } = await alpha.types('invite', CHAIN, '--role', 'writer');
    await ground.node('Mallory', url);
    const asked = await requestOf(alpha, 'Mallory');
    await beta.stops('SIGKILL');
    await cp(beta.folder, join(ground.folder, 'Thief'), { recursive: true, filter: (from) => !from.endsWith('.sock') });
    const thief = await ground.node('Thief', await placeOf(alpha));
    const answer: ActAnswer = await thief.types('approve', asked);
    see(answer.approvals === 1, 'one of two approvals');
    return asked;
  });
  await tell('Beta comes back by the phrase and says that the key was stolen: the thief’s approval is gone', async (note) => {
    const again = await ground.node('Beta2', await placeOf(alpha), ['--phrase-file', words, '--stolen']);
    await again.isAdmitted();
    await alpha.sees('no approval left', async () => {
      const { requests } = await alpha.asks('requests');
      return requests.find(({ id }) => id === request)?.decisions.length === 0;
    });
    note(`the thief’s node is told: ${await ground.operator('Thief').isRefused('approve', request)}`);
  });
}

async function reviveChain(tell: Tell, ground: Ground, alpha: Operator): Promise<void> {
  const beta = ground.operator('Beta2');
  const height = await tell('Alpha, the only validator, is gone for good: what Beta writes waits', async (note) => {
    await beta.sees('the tip that Alpha has', async () => (await beta.chain()).tip === (await alpha.chain()).tip);
    await alpha.stops('SIGKILL');
    await rm(alpha.folder, { recursive: true });
    await beta.waits('write', 'Is anybody there?');
    const stopped = (await beta.chain()).height;
    note(`the chain stands at height ${stopped}`);
    return stopped;
  });
  const signed = await tell('Beta makes a plan to go on as validator; two of three recovery keys sign it', async () => {
    const { plan } = await beta.types('recovery', 'plan');
    return Promise.all([1, 3].map((key) => signedBy(ground, plan, key)));
  });
  await tell('one signature is not enough', async (note) => {
    note(await beta.isRefused('recovery', 'submit', ...signed.slice(0, 1)));
  });
  await tell('with both it is seen, and waits for its delay and for Beta’s word', async () => {
    const { seen } = await beta.types('recovery', 'submit', ...signed);
    see(seen?.confirmed === false, 'the certificate is seen and not confirmed');
  });
  await tell('the delay is over and Beta confirms: the chain goes on, and what waited is final', async (note) => {
    await setTimeout(OBJECTION_SECONDS * 1000);
    await beta.types('recovery', 'confirm');
    await beta.sees('what it wrote as final', async () => {
      const { entries } = await beta.asks('entries', { limit: 20 });
      return entries.some(({ text, state }) => text === 'Is anybody there?' && state === 'final');
    });
    const chain = await beta.chain();
    see(chain.validating && chain.height > height, 'Beta validates');
    note(`height ${chain.height}, ${chain.members} members`);
  });
}

/** A file with the plan under one recovery key's signature, made where the key is, without a relay. */
async function signedBy(ground: Ground, plan: string, key: number): Promise<string> {
  const [planFile, signedFile] = [join(ground.folder, 'plan'), join(ground.folder, `signed-${key}`)];
  await writeFile(planFile, plan);
  const words = join(ground.folder, 'keys', `recovery-${key}.words`);
  const { code, stdout, stderr } = await runRelay('recovery', 'sign', planFile, '--phrase-file', words);
  see(code === 0, `recovery key ${key} signs: ${stderr}`);
  await writeFile(signedFile, stdout);
  return signedFile;
}
