/**
 * A newcomer on Node in a process of its own: `newcomer.ts FOLDER INVITATION`. Says how long it took from asking to join
 * until the chain was usable, and until all of it was on disk; then reads it back and checks it.
 */
import { setTimeout } from 'node:timers/promises';
import { unwrap } from '../../src/core/base/result.ts';
import { chainSpaceName } from '../../src/node/founding.ts';
import { say } from './helper.ts';
import { chainsOf, joinBy, openNodeDevice, wholeCopy } from './node-device.ts';
import { countSocketBytes } from './socket-bytes.ts';
import { type VerifiedCopy, verifyCopy } from './verify-copy.ts';

/** Between opening a link and joining by it a person reads what it says. */
const READING_MS = 500;

export interface NewcomerReport {
  readonly usableSeconds: number;
  readonly fullSeconds: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** Processor time of this process over the same stretch as `fullSeconds`: says more than the clock on a busy machine. */
  readonly processorSeconds: number;
  readonly copy: VerifiedCopy;
}

async function measure(folder: string, invitation: string): Promise<NewcomerReport> {
  const bytes = countSocketBytes();
  const device = await openNodeDevice(folder);
  const link = unwrap(device.openInvitation(invitation));
  await setTimeout(READING_MS);
  const began = performance.now();
  const processor = process.cpuUsage();
  const chain = await joinBy(device, link, 'Newcomer');
  const usable = performance.now();
  await wholeCopy(chain);
  const full = performance.now();
  const { user, system } = process.cpuUsage(processor);
  const { received, sent } = bytes;
  await device.close();
  const store = chainsOf(folder);
  const copy = await verifyCopy(await store.space(chainSpaceName(chain.id)));
  await store.close();
  return {
    usableSeconds: (usable - began) / 1000,
    fullSeconds: (full - began) / 1000,
    receivedBytes: received,
    sentBytes: sent,
    processorSeconds: (user + system) / 1e6,
    copy,
  };
}

const [folder = '', invitation = ''] = process.argv.slice(2);
say(await measure(folder, invitation));
