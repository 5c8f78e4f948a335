/** Hosts that mean this machine or its network, by their form alone. */

export interface NamedHost {
  /** An IP address without brackets, or a domain name in lower case. */
  readonly host: string;
  readonly hostKind: 'ip4' | 'ip6' | 'dns';
}

/** True for loopback, private (RFC 1918, RFC 4193), link-local and unspecified addresses and for names that mean this machine or its network. */
export function isPrivateHost({ host, hostKind }: NamedHost): boolean {
  switch (hostKind) {
    case 'ip4':
      return isPrivateIp4(host);
    case 'ip6':
      return /^(::1?$|::ffff:|f[cd]|fe[89ab]|ff|64:ff9b:)/i.test(host);
    case 'dns':
      return !host.includes('.') || /\.(localhost|local|internal|home\.arpa|lan)\.?$/.test(host);
  }
}

/** True for this very machine, to which browsers let an https page speak in the clear. */
export function isThisMachine({ host, hostKind }: NamedHost): boolean {
  if (hostKind === 'dns') return /(^|\.)localhost\.?$/.test(host);
  return hostKind === 'ip4' ? host.startsWith('127.') : host === '::1';
}

function isPrivateIp4(host: string): boolean {
  const [a = 0, b = 0] = host.split('.').map(Number);
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    a >= 224 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b < 128)
  );
}
