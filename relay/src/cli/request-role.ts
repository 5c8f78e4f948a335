/** `latchkey-relay request-role ROLE`: asks the federation for one more role. */
import { Complaint } from '../complaint.ts';
import type { OperatorView } from '../desk-views.ts';
import { asking, CHAIN_OPTION, helpOf } from './ask.ts';
import { whatCameOf } from './decide.ts';
import { readNumber } from './options.ts';

/** What an operator tells about its machine, for roles whose rules ask for it. */
export const OPERATOR_OPTIONS = {
  operator: { type: 'string' },
  region: { type: 'string' },
  kbps: { type: 'string' },
  software: { type: 'string' },
  checklist: { type: 'string' },
} as const;

export const OPERATOR_HELP = [
  '--operator NAME  who runs the machine, where the rules ask for it; with it:',
  '--region N       UN M49 number of the region it is in',
  '--kbps N         its bandwidth',
  '--software N     the version that it runs, from the approved ones',
  '--checklist N    1 installs updates, 2 keeps backups, 4 keeps others from its keys; their sum (7 for all)',
];

export const requestRole = asking({
  name: 'request-role',
  help: helpOf('request-role ROLE', 'Asks the federation for a role, for this node’s member.', OPERATOR_HELP),
  options: { ...CHAIN_OPTION, ...OPERATOR_OPTIONS },
  positionals: ['ROLE'],
  command: 'request-role',
  ask: ({ chain, ...values }, [role]) => {
    if (role === undefined) throw new Complaint('Say which: latchkey-relay request-role ROLE.');
    return { chain, role, operator: readOperator(values) };
  },
  describe: (answer) => `Asked. ${whatCameOf(answer)}`,
  waits: ({ final }) => !final,
});

type OperatorValues = { readonly [K in keyof typeof OPERATOR_OPTIONS]?: string | undefined };

/** `undefined` if nothing of it was given. */
export function readOperator({ operator, region, kbps, software, checklist }: OperatorValues): OperatorView | undefined {
  if ([operator, region, kbps, software, checklist].every((value) => value === undefined)) return undefined;
  return {
    operatorId: operator ?? '',
    region: readNumber(region ?? '0', '--region'),
    kbps: readNumber(kbps ?? '0', '--kbps'),
    software: readNumber(software ?? '0', '--software'),
    checklist: readNumber(checklist ?? '0', '--checklist'),
  };
}
