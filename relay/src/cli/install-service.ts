/** `latchkey-relay install-service`: a systemd unit that runs the relay from here at every start of the machine. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Complaint } from '../complaint.ts';
import { readArguments } from './options.ts';
import { printJson, printLog, printResult } from './output.ts';

const UNIT_FOLDER = '/etc/systemd/system';
const UNIT_NAME = 'latchkey-relay.service';
const ENVIRONMENT_FILE = '/etc/latchkey-relay.env';
const COMMAND = fileURLToPath(new URL('../../bin/latchkey-relay.mjs', import.meta.url));

const HELP = `latchkey-relay install-service [options]

Writes a systemd unit that runs this relay under a user of its own, which may write nothing but its data. Settings go into
${ENVIRONMENT_FILE}, as LATCHKEY_HOST=0.0.0.0; the data is in /var/lib/latchkey-relay.

  --unit-dir DIR   where units are (default ${UNIT_FOLDER})
  --print          print the unit and write nothing
  --json           print one object: unit, file
  --help`;

const OPTIONS = {
  'unit-dir': { type: 'string', default: UNIT_FOLDER },
  print: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

export async function installService(args: readonly string[]): Promise<number> {
  const { values } = readArguments('install-service', args, OPTIONS);
  if (values.help) {
    printResult(HELP);
    return 0;
  }
  const unit = serviceUnit({ node: process.execPath, command: COMMAND });
  const file = join(resolve(values['unit-dir']), UNIT_NAME);
  if (!values.print) write(file, unit);
  for (const path of [process.execPath, COMMAND].filter((one) => HIDDEN.test(one)))
    printLog(`The service will not see ${path}: install Node and the relay outside of home folders and /tmp, for example in /opt.`);
  if (values.json) printJson({ unit, file: values.print ? null : file });
  else
    printResult(
      values.print
        ? unit
        : `Wrote ${file}. To run it now and at every start:\n\n  systemctl daemon-reload\n  systemctl enable --now ${UNIT_NAME}`,
    );
  return 0;
}

function write(file: string, unit: string): void {
  try {
    writeFileSync(file, unit, { mode: 0o644 });
  } catch {
    throw new Complaint(`${file} cannot be written: run this as root, or see the unit with --print.`);
  }
}

/** `ProtectHome` and `PrivateTmp` hide these from it. */
const HIDDEN = /^\/(home|root|run\/user|tmp|var\/tmp)\//;

/** The unit, for a Node and a program where they are now. */
export function serviceUnit({ node, command }: { readonly node: string; readonly command: string }): string {
  for (const path of [node, command])
    if (/[\s"'\\%$]/.test(path))
      throw new Complaint(`systemd would misread the path ${path}: put it where there are no spaces or special signs.`);
  return `[Unit]
Description=Latchkey relay
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=${node} ${command} start
Environment=LATCHKEY_DATA=%S/latchkey-relay
EnvironmentFile=-${ENVIRONMENT_FILE}
Restart=on-failure
RestartSec=5
TimeoutStopSec=20
DynamicUser=yes
StateDirectory=latchkey-relay
StateDirectoryMode=0700
UMask=0077
LimitNOFILE=65536
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
AmbientCapabilities=CAP_NET_BIND_SERVICE

[Install]
WantedBy=multi-user.target
`;
}
