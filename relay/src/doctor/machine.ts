/** What the command `doctor` finds on its own machine: the data folder, whether a relay runs on it, whether its ports are to be had. */
import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { STUN_PORT_OFFSET } from '../../../src/net/addresses.ts';
import { attention, type Finding, failed, good, type Told, unknown } from '../../../src/net/checks/finding.ts';
import { askRelay } from '../admin-socket.ts';
import type { StatusAnswer } from '../commands.ts';
import { Complaint } from '../complaint.ts';
import { checkPorts, type PortClaim } from '../ports.ts';
import { sizeText } from '../sizes.ts';

export const MACHINE_GROUP = 'This machine';

export interface Ground {
  readonly dataFolder: string;
  readonly host: string;
  readonly httpPort: number;
  readonly p2pPort: number;
}

const MIB = 1024 * 1024;
/** A busy chain writes this in a day or two. */
const ROOM_BYTES_MIN = 500 * MIB;

/** The relay that runs on a data folder; `undefined` where none does. */
export async function runningRelay(dataFolder: string): Promise<StatusAnswer | undefined> {
  if (!existsSync(dataFolder)) return undefined;
  try {
    return (await askRelay(dataFolder, { command: 'status' })) as StatusAnswer;
  } catch (error) {
    if (error instanceof Complaint) return undefined;
    throw error;
  }
}

/** Changes nothing: makes no folder and no key. */
export async function examineMachine(ground: Ground, running: StatusAnswer | undefined): Promise<readonly Told[]> {
  const told = (title: string, finding: Finding): Told => ({ group: MACHINE_GROUP, title, finding });
  const folder = told('Data folder', folderFinding(ground.dataFolder));
  if (running !== undefined)
    return [folder, told('Relay', good(`Runs since ${running.startedAt}, with ${running.connections} connections.`))];
  const ports = await Promise.all(
    claimsOf(ground).map(async (claim) => told(`${claim.kind} port ${claim.port}`, await portFinding(ground.host, claim))),
  );
  return [folder, told('Relay', unknown('None runs on this data folder, so its ports were tried instead.')), ...ports];
}

export function folderFinding(folder: string): Finding {
  const there = existsSync(folder);
  const place = there ? folder : dirname(folder);
  try {
    accessSync(place, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return failed(`${place} cannot be written.`, 'Give its owner write permission, or choose another folder with --data.');
  }
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const says = `${folder} ${there ? 'can be written' : 'is not there yet and can be made'}; ${sizeText(free)} are free.`;
  return free < ROOM_BYTES_MIN ? attention(says, 'Make room on the disk: a chain stops where its validator cannot write.') : good(says);
}

function claimsOf({ httpPort, p2pPort }: Ground): readonly PortClaim[] {
  const claims: readonly PortClaim[] = [
    { kind: 'TCP', port: httpPort, option: '--http-port' },
    { kind: 'TCP', port: p2pPort, option: '--p2p-port' },
    { kind: 'UDP', port: p2pPort, option: '--p2p-port' },
    { kind: 'UDP', port: p2pPort + STUN_PORT_OFFSET, option: '--p2p-port' },
  ];
  return claims.filter(({ port }) => port > STUN_PORT_OFFSET);
}

async function portFinding(host: string, claim: PortClaim): Promise<Finding> {
  try {
    await checkPorts(host, [claim]);
    return good('Free.');
  } catch (error) {
    if (!(error instanceof Complaint)) throw error;
    const [says = '', next = ''] = error.message.split(': ', 2);
    return failed(`${says}.`, `${next.charAt(0).toUpperCase()}${next.slice(1)}`);
  }
}
