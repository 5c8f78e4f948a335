/** What the page needs of the browser and the machine: a secure context, storage, WebRTC, a right clock. */

import { clockFinding } from '../../net/checks/clock.ts';
import { attention, type Finding, failed, good, unknown } from '../../net/checks/finding.ts';
import { gather } from './ice.ts';

export function secureContextFinding(isSecure: boolean): Finding {
  if (isSecure) return good('Yes: the browser lends this page keys and locks.');
  return failed(
    'No: this page came by plain http, and browsers keep keys and locks from such pages.',
    'Open it by https, or on the machine itself as http://localhost.',
  );
}

const TRIAL_DATABASE = 'latchkey-check';

/** Writes a row into a database of its own, reads it back and drops it. */
export async function storageFinding(): Promise<Finding> {
  try {
    const word = crypto.getRandomValues(new Uint32Array(1))[0];
    const read = await writtenAndRead(word);
    if (read === word) return good('Works: what was written was read back.');
    return failed('What was written was not read back.', 'Restart the browser; if that does not help, its profile is damaged.');
  } catch {
    return failed(
      'The browser lets this page store nothing.',
      'Leave the private window, allow this site to store data, or make room on the disk.',
    );
  }
}

async function writtenAndRead(word: unknown): Promise<unknown> {
  const opening = indexedDB.open(TRIAL_DATABASE);
  opening.onupgradeneeded = () => opening.result.createObjectStore('words');
  const database = await settled(opening);
  try {
    const writing = database.transaction('words', 'readwrite', { durability: 'strict' });
    await settled(writing.objectStore('words').put(word, 'word'));
    return await settled(database.transaction('words').objectStore('words').get('word'));
  } finally {
    database.close();
    indexedDB.deleteDatabase(TRIAL_DATABASE);
  }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the database failed'));
    if (request instanceof IDBOpenDBRequest) request.onblocked = () => reject(new Error('the database is blocked'));
  });
}

const MIB = 1024 * 1024;
/** A chain of some thousand entries with a copy of its history. */
const ROOM_BYTES_MIN = 50 * MIB;

/** Whether the browser may clear the store when room gets short, and how much there is. */
export async function keepingFinding(): Promise<Finding> {
  if (!('storage' in navigator)) return unknown('Only a secure page is told.');
  const [{ quota, usage = 0 }, persisted] = await Promise.all([navigator.storage.estimate(), navigator.storage.persisted()]);
  const room = quota === undefined ? undefined : quota - usage;
  const roomSays = room === undefined ? '' : ` There is room for ${sizeText(room)} more.`;
  if (room !== undefined && room < ROOM_BYTES_MIN)
    return attention(`Only ${sizeText(room)} are left for this site.`, 'Make room on the disk, or remove other sites’ data.');
  if (persisted) return good(`The browser keeps the record until you clear it.${roomSays}`);
  return attention(
    `The browser may clear the record when its disk is short of room.${roomSays}`,
    'Install this page as an app or bookmark it, and keep the recovery phrase. The others have the record too.',
  );
}

function sizeText(bytes: number): string {
  const mib = bytes / MIB;
  return mib < 1024 ? `${Math.max(0, Math.round(mib))} MiB` : `${(mib / 1024).toFixed(1)} GiB`;
}

/** Whether the browser has WebRTC and finds addresses of its own, without asking anybody. */
export async function webRtcFinding(signal: AbortSignal): Promise<Finding> {
  if (!('RTCPeerConnection' in window))
    return failed(
      'This browser has no WebRTC, or an extension or setting turned it off.',
      'Allow WebRTC for this site, or use another browser. Meanwhile everything goes through relays.',
    );
  const { candidates } = await gather([], signal);
  if (candidates.length > 0) return good('Works: this device can offer others a direct connection.');
  return failed(
    'WebRTC finds no address of this device.',
    'Check that you are online and that no extension or policy hides addresses from WebRTC. Meanwhile everything goes through relays.',
  );
}

/** By the `Date` of whoever served this page, and by the newest block. Nobody else is asked. */
export async function pageClockFinding(pageUrl: string, newestBlock: number | undefined, signal: AbortSignal): Promise<Finding> {
  const askedAt = Date.now();
  // HEAD: the service worker answers only GET, and an old answer would tell an old time.
  const answer = await fetch(pageUrl, { method: 'HEAD', cache: 'no-store', signal }).catch(() => undefined);
  const answeredAt = Date.now();
  const theirs = Date.parse(answer?.headers.get('date') ?? '');
  const facts = Number.isNaN(theirs) ? undefined : { theirs, askedAt, answeredAt };
  return clockFinding(facts, answeredAt, newestBlock, 'the server of this page');
}
