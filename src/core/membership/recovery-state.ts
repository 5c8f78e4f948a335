/**
 * What is in force of recovery. The keys of a genesis are not copied into the state: every node has the genesis, and most
 * chains never need them. The record is there once a certificate came, or other keys were named.
 */
import type { Recovery } from '../codec/genesis.ts';
import type { RecoveryState } from '../codec/records.ts';
import { SINGLETON, type StateReader } from './state.ts';

const NONE: Recovery = { threshold: 0, delayMs: 0, keys: [] };

/** `recovery`: the keys that the genesis names. */
export function recoveryOf(state: StateReader, recovery: Recovery | undefined): RecoveryState {
  return state.get('recovery', SINGLETON) ?? { number: 0, keys: recovery ?? NONE, pending: undefined };
}
