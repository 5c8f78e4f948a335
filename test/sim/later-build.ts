/**
 * Every simulated program is of a later build, which knows one protocol version more than the one that ships, and does nothing
 * otherwise under it: so that a chain can come to that version. All runs of a process share it, groups and councils alike.
 */
import { PROTOCOL_VERSION, PROTOCOL_VERSIONS } from '../../src/core/codec/genesis.ts';

/** No chain begins with it. */
export const NEXT_VERSION = PROTOCOL_VERSION + 1;

export function useLaterBuild(): void {
  if (!PROTOCOL_VERSIONS.includes(NEXT_VERSION)) (PROTOCOL_VERSIONS as number[]).push(NEXT_VERSION);
}
