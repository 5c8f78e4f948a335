/**
 * A consortium whose one validator is run by Alpha, and two auditors. While Alpha is honest every audit passes. Then, from the
 * same day on, its operator forges an admission, or drops a rejection, or rewrites an old block, or shows two histories: with
 * its own disk, its own keys and its own build, and nobody else's. Each is caught, each with a file that shows it to anybody.
 */
import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditAnswer } from '../../relay/src/audit-desk.ts';
import { freePorts } from '../e2e/free-ports.ts';
import { runRelay } from '../support/relay-process.ts';
import { WatchProcess } from '../support/watch-process.ts';
import { AUDITORS, MACHINE, memoryOf, OPERATOR, PUBLISHES_ALONE, Scene } from './audit-scene.ts';
import { type Edit, Ground } from './ground.ts';
import type { Operator } from './operator.ts';
import { addEntry, forgeApproval, insteadOfOwnEntry, type Edit as LeafEdit, tellAgain } from './own-disk.ts';
import { see, type Tell } from './story.ts';

const CHAIN = 'Harbour';

/** Besides, a rejection of whoever would come into the federation stands in the log, and counts for nothing. */
export const HEARS_NO_REJECTION: readonly Edit[] = [
  ...PUBLISHES_ALONE,
  {
    file: 'src/core/membership/verbs/decide.ts',
    from: 'const decided = { [side]: [...record[side], decision] };',
    to: "const decided = side === 'no' && 'role' in record && record.role === 'federation' ? {} : { [side]: [...record[side], decision] };",
  },
];

/** What is handed on: an auditor's reports, fork proofs, a receipt, and the log as it was published. */
const FILES = /\.(json|fork|receipt)$|^(forged-admission|unheard-rejection|shown-to-Vera|shown-to-Otto)$/;

/** `files`: a folder in which to keep what the auditors' findings rest on; without it nothing is left. */
export function audit(files?: string) {
  return async (tell: Tell, stage: AsyncDisposableStack): Promise<void> => {
    const scene = new Scene(await Ground.open('audit', stage), await freePorts());
    await found(tell, scene);
    await happen(tell, scene);
    await passCleanly(tell, scene);
    await forgeAdmission(tell, scene);
    await dropRejection(tell, scene);
    await rewriteBlock(tell, scene);
    await showTwoHistories(tell, scene);
    if (files === undefined) return;
    const evidence = (await readdir(scene.ground.folder)).filter((name) => FILES.test(name));
    for (const name of evidence) await cp(scene.file(name), join(files, name), { recursive: true });
  };
}

// ---------------------------------------------------------------- honest days

async function found(tell: Tell, scene: Scene): Promise<void> {
  const { ground } = scene;
  await tell('Alpha founds a public chain by the rules of a consortium; Beta comes into its federation', async (note) => {
    await ground.emptyPage();
    const alpha = await scene.alpha();
    scene.chain = (await alpha.types('chain', 'create', CHAIN, '--template', 'consortium', '--public')).chain;
    await comesIn(scene, 'Beta', 'federation');
    await alpha.types('propose', 'rules', '--role', 'federation=approvals:2');
    note(`${CHAIN}: ${scene.chain}; from now on the federation grows by two approvals`);
  });
  await tell('Vera and Otto become auditors, each on a machine of its own', async () => {
    for (const name of AUDITORS) scene.link = await comesIn(scene, name, 'auditor', ['--operator', `${name} Ltd`, ...MACHINE]);
    const alpha = ground.operator(OPERATOR);
    await alpha.sees('both among those who cosign', async () => auditorsOf((await alpha.chain()).log).length === AUDITORS.length);
  });
  await tell('Alpha makes a copy of its disk, as one does', async () => {
    await ground.operator(OPERATOR).stops();
    await scene.keep(OPERATOR, 'early');
    await scene.alpha();
  });
}

type Log = Awaited<ReturnType<Operator['chain']>>['log'];

function auditorsOf({ checkpoint }: Log) {
  return checkpoint?.cosigners.filter(({ office }) => office === 'auditor') ?? [];
}

/** Asks to come in by a link of Alpha's, and does with Alpha's approval. Gives the link. */
async function comesIn(scene: Scene, name: string, role: string, args: readonly string[] = []): Promise<string> {
  const alpha = scene.ground.operator(OPERATOR);
  const { url } = await alpha.types('invite', CHAIN, '--role', role);
  const node = await scene.ground.node(name, url, args);
  await alpha.types('approve', await requestOf(alpha, name));
  await node.isAdmitted();
  return url;
}

async function requestOf(operator: Operator, name: string): Promise<string> {
  const waiting = async () => (await operator.asks('requests')).requests.find((one) => one.name === name && one.status === 'pending');
  await operator.sees(`the request of ${name}`, async () => (await waiting()) !== undefined);
  return (await waiting())?.id ?? '';
}

async function happen(tell: Tell, scene: Scene): Promise<void> {
  const { ground } = scene;
  const [alpha, beta] = [ground.operator(OPERATOR), ground.operator('Beta')];
  await tell('Alpha and Beta write; Dora comes in over Beta’s objection; Emil has one of the two approvals that he needs', async () => {
    await beta.sees('Alpha again', async () => (await beta.chain()).connected.includes(OPERATOR));
    await alpha.types('write', 'Alpha owes Beta 100.');
    await beta.types('write', 'Beta has seen that.');
    const { url } = await alpha.types('invite', CHAIN, '--role', 'writer');
    const dora = await ground.node('Dora', url);
    const request = await requestOf(beta, 'Dora');
    await beta.types('reject', request, '--reason', 'Her last harbour is looking for her');
    await alpha.types('approve', request);
    await dora.isAdmitted();
    const emil = await ground.node('Emil', (await alpha.types('invite', CHAIN, '--role', 'federation')).url);
    scene.waiting = await requestOf(alpha, 'Emil');
    await alpha.types('approve', scene.waiting);
    for (const one of [dora, emil, beta]) await one.stops();
  });
}

async function passCleanly(tell: Tell, scene: Scene): Promise<void> {
  const alpha = scene.ground.operator(OPERATOR);
  await tell('a clean run: both auditors have replayed the chain and cosigned, and find what is published right', async (note) => {
    const cosigned = async () => {
      const { log, transactions } = await alpha.chain();
      const signed = auditorsOf(log).filter(({ signed }) => signed !== null);
      return log.checkpoint?.size === transactions && log.checkpoint.vouched && signed.length === AUDITORS.length;
    };
    await alpha.sees('both auditors’ signatures', cosigned);
    for (const name of AUDITORS) {
      const own = await runRelay('audit', '--data', scene.file(name));
      see(own.code === 0 && own.stdout.includes('All right up to block'), `${name}’s copy is right: ${own.stdout}${own.stderr}`);
      const { code, clean, height, size, admissions } = await scene.looks(name, scene.url, `${name}-clean.json`);
      see(code === 0 && clean, `${name} finds the published log right`);
      if (name === AUDITORS[0]) note(`right up to block ${height}: ${size} transactions, ${admissions.length} admissions`);
    }
  });
  await scene.everybodyStops();
  for (const name of [OPERATOR, ...AUDITORS, ...AUDITORS.map(memoryOf)]) await scene.keep(name, 'end');
}

// ---------------------------------------------------------------- an admission that nobody approved

async function forgeAdmission(tell: Tell, scene: Scene): Promise<void> {
  const { ground } = scene;
  await scene.alpha();
  const watch = new WatchProcess(scene.url, scene.file(memoryOf('Vera')));
  ground.ends(async () => void (await watch.stops()));
  const height = await tell(
    'Vera watches; Alpha writes an approval of Beta’s that Beta never gave, and Emil is in the federation',
    async () => {
      await watch.sees('that all is right', ({ clean }) => clean);
      await ground.operator(OPERATOR).stops();
      const forged = await forgeApproval(scene.file(OPERATOR), 'Beta', scene.waiting);
      const alpha = await scene.lyingAlpha();
      const { members } = await alpha.asks('members');
      see(
        members.some(({ name, roles }) => name === 'Emil' && roles.includes('federation')),
        'Emil is in, by Alpha’s record',
      );
      return forged;
    },
  );
  await tell('caught: her watch names the block and the signature, and Otto’s audit of the published files does', async (note) => {
    const seen = await watch.sees('what is wrong', ({ clean }) => !clean);
    see(seen.fault?.height === height && seen.fault.code === 'bad-signature', `block ${height} is named: ${seen.fault?.words}`);
    see((await watch.stops()) === 1, 'the watch ends with 1');
    await ground.operator(OPERATOR).types('export-log', CHAIN, scene.file('forged-admission'));
    const { code, fault } = await scene.looks('Otto', scene.file('forged-admission'), 'forged-admission.json');
    see(code === 1 && fault?.height === height, `the files show it: ${fault?.words}`);
    note(`audit forged-admission: ${fault?.words}`);
  });
  await tell('caught: the receipt of Emil’s admission that Alpha hands out does not hold', async (note) => {
    await ground.operator(OPERATOR).types('receipt', 'Emil', scene.file('emil.receipt'));
    const { code, stdout } = await runRelay('verify', scene.file('emil.receipt'));
    see(code === 1 && stdout.includes('bad-signature'), `the receipt is refused: ${stdout}`);
    note(`verify emil.receipt: ${stdout.trim()}`);
  });
  await tell('neither auditor’s node follows or cosigns it, once it has met Alpha', async () => {
    const alpha = ground.operator(OPERATOR);
    for (const name of AUDITORS) {
      const auditor = await scene.auditor(name);
      await alpha.sees(`${name} among its peers`, async () => (await alpha.chain()).connected.includes(name));
      see((await auditor.chain()).height === height - 1, 'the last right block is the one before');
    }
    see(
      auditorsOf((await alpha.chain()).log).every(({ signed }) => signed === null),
      'no auditor has signed',
    );
  });
}

// ---------------------------------------------------------------- another record than before

async function ignoreRejection(tell: Tell, scene: Scene): Promise<void> {
  await scene.isHonestDaysEnd();
  const { ground } = scene;
  await tell('Beta rejects Emil; Alpha writes it into the log and counts it for nothing, so that he may still come in', async () => {
    const alpha = await scene.lyingAlpha(HEARS_NO_REJECTION);
    const { transactions } = await alpha.chain();
    const beta = await ground.node('Beta', scene.link);
    // Beta's node refuses the block that says otherwise, so the command waits in vain.
    const rejecting = runRelay('reject', scene.waiting, '--reason', 'Not him', '--data', beta.folder);
    await alpha.sees('the rejection in its log', async () => (await alpha.chain()).transactions > transactions);
    await scene.isPublished(alpha);
    see((await requestOf(alpha, 'Emil')) === scene.waiting, 'the request is open, by Alpha’s record');
    await beta.stops();
    see((await rejecting).code !== 0, 'Beta is not told that it was rejected');
  });
  await tell('caught: whoever replays the log hears Beta, and finds another state than Alpha’s', async (note) => {
    const { code, fault } = await scene.looks('Otto', scene.url, 'unheard-rejection.json');
    const { height } = await ground.operator(OPERATOR).chain();
    see(code === 1 && fault?.code === 'wrong-root' && fault.height === height, `block ${height} is named: ${fault?.words}`);
    await ground.operator(OPERATOR).types('export-log', CHAIN, scene.file('unheard-rejection'));
    note(`audit unheard-rejection: ${fault.words}`);
  });
}

const withoutRejections: LeafEdit = async (leaf) => (leaf.transaction.unsigned.action.type === 'reject' ? undefined : leaf);

async function dropRejection(tell: Tell, scene: Scene): Promise<void> {
  await ignoreRejection(tell, scene);
  await scene.isHonestDaysEnd();
  await tell('Alpha tells the record again, from its old disk on, without Beta’s objection to Dora', async (note) => {
    note(`different from block ${await toldAgain(scene, withoutRejections)} on`);
  });
  await caughtRetelling(tell, scene, 'dropped-rejection');
}

async function rewriteBlock(tell: Tell, scene: Scene): Promise<void> {
  await scene.isHonestDaysEnd();
  await tell('Alpha rewrites what it once wrote, and leaves as it was all that others signed', async (note) => {
    note(`different from block ${await toldAgain(scene, insteadOfOwnEntry('Alpha owes Beta nothing.'))} on`);
  });
  await caughtRetelling(tell, scene, 'rewritten-block');
}

/** Alpha's disk is another one now. Gives the height from which on it differs from what everybody has seen. */
async function toldAgain(scene: Scene, edit: LeafEdit): Promise<number> {
  await scene.bringBack(OPERATOR, 'early');
  const height = await tellAgain(scene.file(OPERATOR), scene.file(`${OPERATOR}-end`), edit);
  await scene.lyingAlpha();
  return height;
}

async function caughtRetelling(tell: Tell, scene: Scene, name: string): Promise<void> {
  await tell('caught: what is published is not what Vera found right, though every signature in it is good', async (note) => {
    const { code, fault } = await scene.looks('Vera', scene.url, `${name}.json`);
    see(code === 1 && fault?.code === 'conflicting-block', `Vera’s audit fails: ${fault?.words}`);
    note(`${name}.json: ${fault?.words}`);
    const newcomer = await runRelay('audit', scene.url, '--json', '--data', scene.file(`newcomer-${name}`));
    const told: AuditAnswer = JSON.parse(newcomer.stdout);
    see(newcomer.code === 1 && told.fault?.code === 'no-quorum', `even who has seen nothing misses the auditors: ${told.fault?.words}`);
    note(`to a newcomer: ${told.fault?.words}`);
  });
  await tell('caught: Otto’s node meets it, stops, and has a proof that convinces anybody', async (note) => {
    note(await provesFork(scene, await scene.auditor('Otto'), `${name}.fork`));
  });
}

/** The node knows of the fork, and what it writes as proof of it is one. Gives what that proves. */
async function provesFork(scene: Scene, node: Operator, file: string): Promise<string> {
  await node.sees('the fork', async () => (await node.chain()).fork !== null);
  const own = await runRelay('audit', '--data', scene.file(node.name));
  see(own.code === 1 && own.stdout.includes('conflicting-block'), `its own audit says so: ${own.stdout}${own.stderr}`);
  await node.types('fork-proof', scene.file(file));
  const { code, stdout } = await runRelay('verify', scene.file(file));
  const { height } = (await node.chain()).fork ?? {};
  const found = stdout.split('\n').find((line) => line.includes(`Block ${height} was made final`));
  see(code === 0 && found !== undefined, `the proof holds: ${stdout}`);
  const { length } = await readFile(scene.file(file));
  return `verify ${file}, ${length} bytes: ${found.trim()}`;
}

// ---------------------------------------------------------------- to each another record

const HISTORIES = { Vera: 'The berth is Beta’s.', Otto: 'The berth is Gamma’s.' } as const;

async function showTwoHistories(tell: Tell, scene: Scene): Promise<void> {
  await scene.isHonestDaysEnd();
  await tell('Alpha shows Vera one history and Otto another; each finds right what it sees, and cosigns it', async () => {
    for (const name of AUDITORS) {
      await scene.bringBack(OPERATOR, 'end');
      await addEntry(scene.file(OPERATOR), HISTORIES[name]);
      const alpha = await scene.alpha();
      const auditor = await scene.auditor(name);
      await alpha.sees(`${name}’s signature`, async () => {
        const { log, transactions } = await alpha.chain();
        return log.checkpoint?.size === transactions && auditorsOf(log).some((one) => one.name === name && one.signed !== null);
      });
      const { code, fault } = await scene.looks(name, scene.url, `shown-to-${name}.json`);
      see(code === 0, `${name} finds nothing wrong: ${fault?.words}`);
      await alpha.types('export-log', CHAIN, scene.file(`shown-to-${name}`));
      await auditor.stops();
      await alpha.stops();
    }
  });
  await tell('caught: Otto holds the files that Vera was shown against what he has seen', async (note) => {
    const { code, fault } = await scene.looks('Otto', scene.file('shown-to-Vera'), 'two-histories.json');
    see(code === 1 && fault?.code === 'conflicting-block', `it is another history: ${fault?.words}`);
    note(`audit shown-to-Vera: ${fault?.words}`);
  });
  await tell('caught: their nodes meet, and each has a proof of it that names Alpha’s seat', async (note) => {
    await scene.alpha();
    const nodes = [await scene.auditor('Vera'), await scene.auditor('Otto')] as const;
    for (const node of nodes) note(await provesFork(scene, node, `two-histories-${node.name}.fork`));
  });
}
