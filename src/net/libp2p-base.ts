/** What every libp2p node of Latchkey has in common: browser, Node client and relay. */
import {
  type Identify,
  type IdentifyComponents,
  type IdentifyPush,
  type IdentifyPushComponents,
  identify,
  identifyPush,
} from '@libp2p/identify';
import { noise } from '@libp2p/noise';
import { type Ping, type PingComponents, ping } from '@libp2p/ping';

import type { Libp2pOptions } from 'libp2p';
import { type Dialer, type DialerComponents, dialer } from './libp2p-dialer.ts';
import { yamuxInSteps } from './yamux-windows.ts';

const MIB = 1024 * 1024;
/** libp2p resets a stream that holds over 4 MiB unread; by default the window of a fast one grows to 16 MiB. */
const YAMUX_WINDOW_BYTES_MAX = 2 * MIB;
/** Streams of all protocols on one connection; each protocol has its own lower cap. */
const STREAMS_PER_CONNECTION_MAX = 256;
/** Twice the connections that a busy browser keeps. */
export const CLIENT_CONNECTIONS_MAX = 100;
/** A classroom behind one address, or behind one relay's circuits, connects at once. */
export const INBOUND_PER_HOST_PER_SECOND_MAX = 100;
export const INBOUND_PENDING_MAX = 100;

/** Named, because declarations for those who install this cannot name what libp2p's packages keep to themselves. */
export type BaseModules = Pick<Libp2pOptions, 'connectionEncrypters' | 'streamMuxers' | 'nodeInfo'>;

/** Factories of the services that run on every node. No interface: libp2p takes a record, which only an alias is. */
export type BaseServices = {
  readonly identify: (components: IdentifyComponents) => Identify;
  readonly identifyPush: (components: IdentifyPushComponents) => IdentifyPush;
  readonly ping: (components: PingComponents) => Ping;
  readonly dialer: (components: DialerComponents) => Dialer;
};

/** Noise over a yamux whose windows stay inside libp2p's own buffer. webrtc and webrtc-direct bring their own of both. */
export const baseModules: BaseModules = {
  connectionEncrypters: [noise()],
  streamMuxers: [
    yamuxInSteps({
      maxInboundStreams: STREAMS_PER_CONNECTION_MAX,
      maxOutboundStreams: STREAMS_PER_CONNECTION_MAX,
      streamOptions: { maxStreamWindowSize: YAMUX_WINDOW_BYTES_MAX },
    }),
  ],
  // The project's name instead of libp2p's version and the browser's user agent, which identify would tell everybody.
  nodeInfo: { name: 'latchkey', version: '1', userAgent: 'latchkey/1' },
};

/** `resolvers: {}`: a `/dnsaddr` address makes libp2p ask a third party's DNS-over-HTTPS service. */
export const baseConnectionManager = {
  inboundConnectionThreshold: INBOUND_PER_HOST_PER_SECOND_MAX,
  maxIncomingPendingConnections: INBOUND_PENDING_MAX,
  resolvers: {},
};

/** `identifyPush` is a service of its own; without it a relay never learns its clients' addresses. */
export const baseServices: BaseServices = {
  identify: identify(),
  identifyPush: identifyPush(),
  ping: ping(),
  dialer: dialer(),
};
