/** What validators promise and how they are doing, in English; the page and the command line say the same. */
import { unreachable } from '../base/result.ts';
import { faultsTolerated, quorumOf } from './quorum.ts';

/**
 * How a chain gets on, as one device sees it: nothing waits; something is being decided; something has waited for longer than
 * it should; too few validators are in reach of this one.
 */
export const PACES = ['idle', 'deciding', 'standstill', 'no-quorum'] as const;
export type Pace = (typeof PACES)[number];

/** Whether a validator takes part at present, as far as one device can tell; `mute`: it is connected, and takes no part all the same. */
export type Answers = 'yes' | 'mute' | 'no' | 'unknown';

/** One of those who decide, as it is told of. */
export interface AnsweringSeat {
  readonly name: string;
  readonly answers: Answers;
}

/**
 * How many more may fail now, with those counted that do not take part: 0 while it stands still, too. `undefined` where that hangs
 * on validators of which this device does not know.
 */
export function faultsTolerableNow(answers: readonly Answers[], pace: Pace): number | undefined {
  if (pace === 'standstill') return 0;
  const spare = (answering: number) => Math.max(0, answering - quorumOf(answers.length));
  const sure = answers.filter((one) => one === 'yes').length;
  const possible = answers.filter((one) => one === 'yes' || one === 'unknown').length;
  return spare(sure) === spare(possible) ? spare(sure) : undefined;
}

/** How it is at present: `4 validators, 3 answering. None more may fail until Dee is back.` */
export function nowWords(seats: readonly AnsweringSeat[], pace: Pace): string {
  return [sizeWords(seats), muteWords(namesOf(seats, 'mute')), failingWords(seats, pace)].filter((words) => words !== '').join(' ');
}

function muteWords(mute: readonly string[]): string {
  if (mute.length === 0) return '';
  return `${listed(mute, 'and')} ${mute.length === 1 ? 'is connected, but takes' : 'are connected, but take'} no part.`;
}

function failingWords(seats: readonly AnsweringSeat[], pace: Pace): string {
  const [gone, unknown] = [namesOf(seats, 'no', 'mute'), namesOf(seats, 'unknown')];
  const missing = quorumOf(seats.length) - (seats.length - gone.length);
  if (missing > 0) return `Nothing becomes final until ${someOf(gone, missing)} back.`;
  if (pace === 'standstill') return standstillWords(unknown);
  const tolerable = faultsTolerableNow(
    seats.map(({ answers }) => answers),
    pace,
  );
  if (unknown.length > 0) return unknownWords(unknown, tolerable);
  const many = `${tolerable === 0 ? 'None' : tolerable}${gone.length === 0 ? '' : ' more'} may fail`;
  return `${many}${tolerable === 0 && gone.length > 0 ? ` until ${someOf(gone, 1)} back` : ''}.`;
}

function standstillWords(unknown: readonly string[]): string {
  const whether =
    unknown.length === 0 ? '' : `, and whether ${listed(unknown, 'and')} ${unknown.length === 1 ? 'takes' : 'take'} part is not known here`;
  return `None may fail while nothing becomes final${whether}.`;
}

/** What to do about those who do not take part; `undefined` while nobody is known to be away and it goes on. */
export function remedyWords(seats: readonly AnsweringSeat[], pace: Pace): string | undefined {
  const [away, mute] = [namesOf(seats, 'no'), namesOf(seats, 'mute')];
  const gone = away.length + mute.length;
  if (gone === 0)
    return pace === 'standstill'
      ? 'See at each validator whether its clock is right and its disk has room, and start it again.'
      : undefined;
  const start = [...startWords(away), ...restartWords(mute)].join(' ');
  if (seats.length - gone < quorumOf(seats.length))
    return `${start} Nothing can be decided before, other validators neither: if too many are lost for good, the chain’s recovery keys name new ones.`;
  return gone === 1
    ? `${start} If it does not come back, propose to take its role validator away, and to grant the role to another member with a machine that stays on.`
    : `${start} If they do not come back, propose to take their role validator away, and to grant the role to others with machines that stay on.`;
}

function startWords(away: readonly string[]): readonly string[] {
  return away.length === 0 ? [] : [`Start ${listed(away, 'and')} again.`];
}

function restartWords(mute: readonly string[]): readonly string[] {
  if (mute.length === 0) return [];
  const whose = mute.length === 1 ? 'its clock is right and its disk has' : 'their clocks are right and their disks have';
  return [`See whether ${whose} room at ${listed(mute, 'and')}, and start ${mute.length === 1 ? 'it' : 'them'} again.`];
}

function sizeWords(seats: readonly AnsweringSeat[]): string {
  const answering = namesOf(seats, 'yes').length;
  if (seats.length === 1) return `1 validator, ${answering === 1 ? 'answering' : 'not known to be answering'}.`;
  if (answering === seats.length) return `${seats.length} validators, all answering.`;
  return `${seats.length} validators, ${answering}${seats.some(({ answers }) => answers === 'unknown') ? ' known to be' : ''} answering.`;
}

function unknownWords(unknown: readonly string[], tolerable: number | undefined): string {
  const they = unknown.length === 1 ? 'it answers' : 'they answer';
  const whether = `This device is not connected to ${listed(unknown, 'or')}, and no recent block shows whether ${they}`;
  return tolerable === undefined ? `${whether}: how many may fail now is not known here.` : `${whether}. None may fail in any case.`;
}

function namesOf(seats: readonly AnsweringSeat[], ...answers: readonly Answers[]): readonly string[] {
  return seats.filter((one) => answers.includes(one.answers)).map(({ name }) => name);
}

/** `Cem or Dee is`, where one of them is enough; `Cem and Dee are`, where all are needed. */
function someOf(names: readonly string[], needed: number): string {
  if (needed === names.length) return `${listed(names, 'and')} ${names.length === 1 ? 'is' : 'are'}`;
  return needed === 1 ? `${listed(names, 'or')} is` : `${needed} of ${listed(names, 'and')} are`;
}

function listed(names: readonly string[], word: 'and' | 'or'): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} ${word} ${names.at(-1)}`;
}

/** What so many validators tolerate: `3 of 4 validators decide; 1 may fail.` */
export function toleranceWords(validators: number): string {
  if (validators === 1)
    return 'One validator decides alone: nothing becomes final while it is away, and its operator’s word is all there is.';
  const tolerated = faultsTolerated(validators);
  if (tolerated === 0) return `All ${validators} validators are needed: nothing becomes final while one of them is away.`;
  return `${quorumOf(validators)} of ${validators} validators decide: ${tolerated} may be away or dishonest.`;
}

/** What to do to tolerate one fault more; `undefined` where that would take more validators than most groups have. */
export function adviceWords(validators: number): string | undefined {
  const tolerated = faultsTolerated(validators);
  if (tolerated > 1) return undefined;
  const wanted = 3 * (tolerated + 1) + 1;
  const more = wanted - validators;
  const step = `Grant the role validator to ${more} more ${more === 1 ? 'member' : 'members'}, each with a machine that stays on`;
  return tolerated === 0 ? `${step}: four validators tolerate one.` : `${step}: seven validators tolerate two.`;
}

/** How it gets on; `undefined` while there is nothing to say. `reached` counts the validators in reach, this device included. */
export function paceWords(pace: Pace, validators: number, reached: number): string | undefined {
  const needed = quorumOf(validators);
  const wait = 'What is written waits, and becomes final by itself';
  switch (pace) {
    case 'idle':
    case 'deciding':
      return undefined;
    case 'no-quorum':
      return `Standstill: ${reached} of ${validators} validators are in reach and ${needed} are needed. ${wait} once ${counted(needed - reached)} back. Start those that are away.`;
    case 'standstill':
      return reached < needed
        ? `Standstill: only ${reached} of ${validators} validators are in reach from here and ${needed} are needed. ${wait} once enough are back.`
        : `Standstill: nothing has become final for a while, though something waits. ${wait} once ${needed} of ${validators} validators agree again.`;
    default:
      return unreachable(pace);
  }
}

function counted(missing: number): string {
  return missing === 1 ? 'one more is' : `${missing} more are`;
}
