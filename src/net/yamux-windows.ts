/**
 * libp2p's yamux answers every piece of data with a window update: for our small messages one frame more for each, encrypted and
 * sent. Like other implementations of yamux it is made to wait here until a good part of the window is used up. What it owes
 * meanwhile is less than any sender may have under way, so that none waits for it in vain.
 */
import { yamux } from '@libp2p/yamux';
import { StreamState, YamuxStream } from '@libp2p/yamux/stream';

/** A quarter of the window with which every stream begins: 256 KiB. */
const OWED_BYTES_MAX = 64 * 1024;

/** libp2p's yamux, whose streams grant their windows in steps from now on. */
export function yamuxInSteps(options: Parameters<typeof yamux>[0]): ReturnType<typeof yamux> {
  if (YamuxStream.prototype.handleData === libp2p.handleData) {
    YamuxStream.prototype.handleData = handleData;
    YamuxStream.prototype.sendWindowUpdate = sendWindowUpdate;
  }
  return yamux(options);
}

const libp2p = { handleData: YamuxStream.prototype.handleData, sendWindowUpdate: YamuxStream.prototype.sendWindowUpdate };
const owed = new WeakMap<YamuxStream, number>();

function handleData(this: YamuxStream, frame: Parameters<YamuxStream['handleData']>[0]): void {
  owed.set(this, (owed.get(this) ?? 0) + frame.header.length);
  libp2p.handleData.call(this, frame);
}

function sendWindowUpdate(this: YamuxStream): void {
  // While a stream is being opened, its updates carry the answer to that.
  if (this.state === StreamState.Established && (owed.get(this) ?? 0) < OWED_BYTES_MAX) return;
  // A paused stream goes on owing, until it is resumed.
  if (this.state !== StreamState.Paused) owed.delete(this);
  libp2p.sendWindowUpdate.call(this);
}
