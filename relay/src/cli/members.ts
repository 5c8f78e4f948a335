/** `latchkey-relay members`: who is here, and with `--why NAME` why one of them is. */
import type { MembersAnswer } from '../desk.ts';
import type { MemberView, StoryView } from '../desk-views.ts';
import { asking, CHAIN_OPTION, helpOf, type Subcommand } from './ask.ts';
import { line, SHORT_ID } from './requests.ts';

const options = { ...CHAIN_OPTION, why: { type: 'string' } } as const;
const help = helpOf('members', 'Lists the members of a chain: since when they are here, and their roles.', [
  '--why NAME       why this member is here: by whose invitation, by which rule, who approved; NAME or the beginning of an id',
]);

const list = asking({ name: 'members', help, options, command: 'members', ask: ({ chain }) => ({ chain }), describe: describeMembers });
const story = asking({
  name: 'members',
  help,
  options,
  command: 'why',
  ask: ({ chain, why }) => ({ chain, member: String(why) }),
  describe: describeStory,
});

export const members: Subcommand = (args) => (args.some((one) => one === '--why' || one.startsWith('--why=')) ? story(args) : list(args));

function describeMembers({ members: all }: MembersAnswer): string {
  return all.map(describeMember).join('\n');
}

function describeMember({ id, name, roles, since, you }: MemberView): string {
  return `${id.slice(0, SHORT_ID)}  since ${since.slice(0, 10)}  ${name}${you ? ' (this node)' : ''}: ${roles.join(', ') || 'no roles'}`;
}

function describeStory({ name, how, since, roles, invitation, rule, decisions, gained }: StoryView): string {
  return [
    `${name} is here since ${since}, as ${roles.join(', ') || 'a member without roles'}.`,
    ...(how === 'founder' ? ['A founder of the chain.'] : []),
    ...(how === 'recovery' ? ['Brought in by a recovery of the chain.'] : []),
    ...(how === 'knock' ? ['Knocked, without an invitation.'] : []),
    ...(invitation === null ? [] : [`Invited to be ${invitation.role} by ${invitation.issuer} (${invitation.id.slice(0, SHORT_ID)}).`]),
    ...(rule === '' ? [] : [`The rule: ${rule}`]),
    ...decisions.map(line),
    ...gained.flatMap((one) => [`Became ${one.role} at ${one.time} by a ${one.by}:`, ...one.decisions.map(line)]),
  ].join('\n');
}
