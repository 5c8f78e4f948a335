/** `link-device`. */
import type { ActionOf } from '../../codec/transaction.ts';
import { no } from '../checks/check.ts';
import { fromMember } from './verb.ts';

const isNotYet = () => no('unknown-action', 'link-device comes later');

export const linkDevice = fromMember<ActionOf<'link-device'>>([isNotYet], () => undefined);
