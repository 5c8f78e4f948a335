/** `latchkey-relay recovery …`: a chain whose validators or federation are gone goes on by its recovery keys. */
import { Complaint } from '../complaint.ts';
import { type RecoveryAnswer, signPlan } from '../recovery-desk.ts';
import { asking, CHAIN_OPTION, helpOf, type Subcommand } from './ask.ts';
import { readArguments, readPhrase, readText } from './options.ts';
import { printJson, printResult } from './output.ts';

const HELP = `${helpOf(
  'recovery [STEP]',
  `Shows who can recover a chain, and what waits; or takes a step.

  recovery                       what there is
  recovery plan                  a plan by which this node is the chain's validator from its newest final block on
  recovery sign PLAN             signs a plan by a recovery key; asks no relay. PLAN is a file, or - for what is typed in
  recovery submit SIGNED …       brings signed plans, a file each, to the chain: enough of them are a certificate
  recovery confirm               the person at this node agrees that others go on, once the delay is over
  recovery dismiss               the person does not agree`,
  ['--federation     plan: this node’s member is the federation too', '--phrase-file FILE   sign: the words of the recovery key'],
)}`;

const common = { name: 'recovery', help: HELP } as const;

const STEPS: ReadonlyMap<string, Subcommand> = new Map([
  [
    'plan',
    asking({
      ...common,
      options: { ...CHAIN_OPTION, federation: { type: 'boolean', default: false } },
      command: 'recovery-plan',
      ask: ({ chain, federation }) => ({ chain, federation }),
      describe: ({ plan }) => plan,
    }),
  ],
  ['sign', sign],
  [
    'submit',
    asking({
      ...common,
      options: CHAIN_OPTION,
      positionals: new Array<string>(16).fill('SIGNED'),
      command: 'recovery-submit',
      ask: ({ chain }, files) => ({ chain, signed: files.map((file) => readText(file, 'SIGNED', 'a signed plan')) }),
      describe,
    }),
  ],
  ['confirm', asking({ ...common, options: CHAIN_OPTION, command: 'recovery-confirm', ask: ({ chain }) => ({ chain }), describe })],
  ['dismiss', asking({ ...common, options: CHAIN_OPTION, command: 'recovery-dismiss', ask: ({ chain }) => ({ chain }), describe })],
]);
const show = asking({ ...common, options: CHAIN_OPTION, command: 'recovery', ask: ({ chain }) => ({ chain }), describe });

export const recovery: Subcommand = async (args) => {
  const [step = '', ...rest] = args;
  if (step === '' || step.startsWith('--')) return show(args);
  const take = STEPS.get(step);
  if (take === undefined) throw new Complaint(`There is no step ${step}: choose one of ${[...STEPS.keys()].join(', ')}.`);
  return take(rest);
};

/** On the machine of whoever keeps the key: no relay is asked, and the words go nowhere. */
async function sign(args: readonly string[]): Promise<number> {
  const options = {
    'phrase-file': { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const;
  const { values, positionals } = readArguments('recovery', args, options, ['PLAN']);
  if (values.help) {
    printResult(HELP);
    return 0;
  }
  const [plan, phrase] = [positionals[0], readPhrase(values['phrase-file'])];
  if (plan === undefined || phrase === undefined)
    throw new Complaint('Say what and by which key: latchkey-relay recovery sign PLAN --phrase-file FILE.');
  const signed = await signPlan(readText(plan === '-' ? '/dev/stdin' : plan, 'PLAN', 'a plan'), phrase);
  if (values.json) printJson({ signed });
  else printResult(signed);
  return 0;
}

function describe({ chain, threshold, keys, delayMs, waiting, seen, goingOn }: RecoveryAnswer): string {
  if (keys.length === 0) return `${chain} names no recovery keys: nobody can recover it.`;
  return [
    `${threshold} of ${keys.length} recovery keys can recover ${chain}; others may object for ${Math.round(delayMs / 3_600_000)} hours.`,
    ...(waiting === null ? [] : [`Recovery ${waiting.number} takes effect at ${waiting.effective}, unless the federation stops it.`]),
    ...(seen === null
      ? []
      : [
          `Recovery ${seen.number} was seen here at ${seen.firstSeen}: ${seen.confirmed ? 'confirmed' : 'not confirmed'}, ${VERDICTS[seen.verdict] ?? seen.verdict}.`,
        ]),
    ...(goingOn ? ['This node follows those whom it appoints, and waits for their first block.'] : []),
  ].join('\n');
}

const VERDICTS: Readonly<Record<string, string>> = {
  behind: 'blocks below it are missing here',
  waiting: 'its delay runs',
  unconfirmed: 'nothing is missing but a word: latchkey-relay recovery confirm',
  go: 'it counts',
  void: 'it is void',
};
