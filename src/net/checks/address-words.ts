/** What became of trying a relay's address, and who can use a relay at all. */
import { isOpenToHttps, type ServerAddress } from '../addresses.ts';
import { isPrivateHost, isThisMachine } from '../private-hosts.ts';
import { attention, type Finding, failed, good, unknown } from './finding.ts';

/** `other-peer`: somebody else than the address names. `in-clear`: not tried, since this page came by https. */
export type AddressTrial =
  | { readonly type: 'answers'; readonly elapsedMs: number }
  | { readonly type: 'silent' | 'other-peer' | 'in-clear' | 'unknown-form' };

export const KIND_WORDS: Readonly<Record<ServerAddress['kind'], string>> = {
  ws: 'plain WebSocket (ws)',
  wss: 'WebSocket with TLS (wss)',
  'webrtc-direct': 'webrtc-direct',
};

const OFFER_TLS =
  'Its operator has to offer an encrypted address: WebSocket with TLS (a certificate, or a proxy before the relay), or webrtc-direct, which needs neither domain nor certificate.';

/** What there is to say of one address once it was tried. */
export function addressFinding(trial: AddressTrial, kind: ServerAddress['kind'] | undefined): Finding {
  switch (trial.type) {
    case 'answers':
      return good(`Answers, and is the relay that it should be (${Math.round(trial.elapsedMs)} ms).`);
    case 'other-peer':
      return failed(
        'Something answers there, but it is not the relay that this address names.',
        'Ask the relay’s operator for its address of today, and for a fresh link: its identity has changed, or another program has its place.',
      );
    case 'in-clear':
      return attention(
        'Not tried: this page came by https, and browsers let such a page open no unencrypted connection to another machine.',
        OFFER_TLS,
      );
    case 'unknown-form':
      return unknown('Not tried: this is no form of address that is dialled here.');
    case 'silent':
      return kind === 'webrtc-direct' ? silentDirect() : silentSocket();
  }
}

function silentSocket(): Finding {
  return failed(
    'Does not answer from here.',
    'Check that you are online. If others reach it, a firewall or proxy near you may stop WebSockets; if nobody does, its operator has to start it, or open its TCP port.',
  );
}

function silentDirect(): Finding {
  return failed(
    'Does not answer from here.',
    'It needs UDP, which some networks block. If nobody reaches it, its operator has to open the UDP port, or its certificate has changed: ask for a fresh link.',
  );
}

/** Who can use a relay at all, judged by its addresses alone. */
export function audienceFinding(servers: readonly ServerAddress[]): Finding {
  if (servers.length === 0)
    return failed('It has no address that can be dialled.', 'Ask its operator for its addresses, or for a fresh link.');
  if (servers.every(isThisMachine))
    return attention(
      'Only this very machine can use it.',
      'To let others in, start it with --host 0.0.0.0 and name its public addresses with --announce.',
    );
  const open = servers.filter((server) => !isPrivateHost(server));
  if (open.length === 0)
    return attention('Only its own network can use it: all its addresses are private ones.', 'Name its public addresses with --announce.');
  if (open.every(({ kind }) => kind === 'ws'))
    return attention('Pages that came by https cannot use it: it offers ws:// alone.', OFFER_TLS);
  return good('Anybody can use it, pages that came by https included.');
}

/** What relays that the site names are worth to a page that came as this one did. */
export function namedRelaysFinding(relays: readonly (readonly ServerAddress[])[], byHttps: boolean): Finding {
  if (relays.length === 0)
    return attention(
      'latchkey.json names no relay, so nobody can begin a chain here without adding one by hand.',
      'Write the relay’s own /latchkey.json beside the page. Links work without it, since they name their relays.',
    );
  const usable = relays.filter((servers) => servers.some((server) => !byHttps || isOpenToHttps(server)));
  if (usable.length === 0)
    return failed('All relays that latchkey.json names offer ws:// alone, and no page that came by https may open that.', OFFER_TLS);
  const left = relays.length - usable.length;
  if (left > 0)
    return attention(`${left} of ${relays.length} relays in latchkey.json offer ws:// alone, which this page may not open.`, OFFER_TLS);
  return good(
    relays.length === 1
      ? 'latchkey.json names a relay that this page may use.'
      : `latchkey.json names ${relays.length} relays that this page may use.`,
  );
}
