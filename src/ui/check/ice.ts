/** What WebRTC finds out by itself and from STUN servers, over a peer connection that meets nobody. */
import type { Mapping } from '../../net/checks/nat.ts';

/** A good server answers at once; browsers give up on a silent one only after about ten seconds. */
const GATHERING_MS_MAX = 4_000;

export interface Gathering {
  readonly candidates: readonly RTCIceCandidate[];
  /** Servers of which the browser said that they failed. */
  readonly failed: readonly string[];
  /** The browser was done in time: whoever was asked has answered or failed. */
  readonly complete: boolean;
}

/** Gathers until the browser is done, the signal fires, or a silent server has had its time. Never leaves the connection open. */
export async function gather(stunUrls: readonly string[], signal: AbortSignal): Promise<Gathering> {
  const connection = new RTCPeerConnection({ iceServers: stunUrls.map((urls) => ({ urls })) });
  const candidates: RTCIceCandidate[] = [];
  const failed: string[] = [];
  const complete = Promise.withResolvers<boolean>();
  connection.onicecandidate = ({ candidate }) => {
    if (candidate !== null && candidate.candidate !== '') candidates.push(candidate);
    if (candidate === null) complete.resolve(true);
  };
  connection.onicecandidateerror = ({ url }) => void failed.push(url);
  const ended = AbortSignal.any([signal, AbortSignal.timeout(GATHERING_MS_MAX)]);
  ended.addEventListener('abort', () => complete.resolve(false), { once: true });
  try {
    connection.createDataChannel('check');
    await connection.setLocalDescription(await connection.createOffer());
    return { candidates, failed, complete: await complete.promise };
  } finally {
    connection.close();
  }
}

/** Whether the one server that was asked has answered. A device that is seen as it is learns nothing new from it: then silence is told by its end. */
export function hasAnswered({ candidates, failed, complete }: Gathering): boolean {
  if (candidates.some(({ type }) => type === 'srflx')) return true;
  return complete && failed.length === 0 && candidates.length > 0;
}

/** How the device is seen from outside, without what the browser keeps to itself. */
export function mappingsOf({ candidates }: Gathering): readonly Mapping[] {
  return candidates
    .filter(({ type, protocol }) => type === 'srflx' && protocol === 'udp')
    .map(({ address, port, relatedAddress, relatedPort }) => ({
      local: isShown(relatedAddress, relatedPort) ? `${relatedAddress}:${relatedPort}` : '',
      address: address ?? '',
      port: port ?? 0,
    }));
}

/** Browsers write `0.0.0.0` and a port of no meaning where they hide the device's own address. */
function isShown(address: string | null, port: number | null): boolean {
  return address !== null && !/^(0\.0\.0\.0|::)$/.test(address) && (port ?? 0) > 9;
}

/** UDP sockets that asked. */
export function socketsOf({ candidates }: Gathering): number {
  return candidates.filter(({ type, protocol }) => type === 'host' && protocol === 'udp').length;
}
