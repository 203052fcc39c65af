import { AuthInspector } from './core/authInspector.ts';
import type { Page } from './core/dashboard.ts';
import { DoctorReports } from './core/doctorReports.ts';
import type { Readable } from './core/util/store.ts';
import type { Host, HostPorts } from './node/host.ts';
import type { Dialogs } from './vscode/dialogs.ts';
import { doctorCommands, doctorHandlers } from './vscode/doctorCommands.ts';
import { inspectorHandlers } from './vscode/inspectorHandlers.ts';

/** The pages that explain connections to the user. Asks nobody when it is made. */
export function createInspector(
  host: Host,
  resolve: HostPorts['resolve'],
  { dialogs, show }: { readonly dialogs: Dialogs; readonly show: (page: Page) => void },
) {
  const { auth, connections } = host;
  const signIns = auth && new AuthInspector({ connections, auth, resolve });
  const doctor = new DoctorReports({
    connections,
    examine: (serverId, options, signal) => host.examine(serverId, options, signal),
  });
  const stores: readonly Readable<unknown>[] = [
    doctor.changed,
    ...(auth && signIns ? [signIns.changed, auth.changes] : []),
  ];
  return {
    signInOf: (serverId: string) => signIns?.of(serverId),
    doctorOf: (serverId: string) => doctor.of(serverId),
    doctor: doctorHandlers(doctor),
    commands: doctorCommands({ reports: doctor, connections, dialogs, show }),
    /** The dashboard is drawn anew when one of them changes. */
    stores,
    handlers: inspectorHandlers(signIns),
  };
}
