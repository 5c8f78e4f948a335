/** `latchkey-relay register` and `latchkey-relay ready`: what a candidate for `validator` does by itself, done by hand. */
import type { OfficeAnswer } from '../desk.ts';
import { showing } from './ask.ts';

const REGISTERS = 'Registers this machine’s keys to vote and to sign checkpoints. Whoever is granted validator does so by itself.';
const READY = 'Says that this node is level with the chain, and which versions it runs. A candidate for validator does so by itself.';

export const register = showing('register', REGISTERS, describe('Registered.'), waits);
export const ready = showing('ready', READY, describe('Ready.'), waits);

function describe(done: string): (answer: OfficeAnswer) => string {
  return ({ final }) => (final ? done : 'It waits for the chain’s validators and goes on by itself.');
}

function waits({ final }: OfficeAnswer): boolean {
  return !final;
}
