import type { DoctorAction, DoctorVerdict } from './doctor.ts';
import type { ConnectFacts, DoctorFacts, EntryFacts } from './doctorFacts.ts';
import { plainVerdict, sentence } from './doctorFailures.ts';
import { missingRuntime } from './doctorRuntimes.ts';
import { stderrHint } from './doctorStderr.ts';
import { say } from './util/say.ts';

/** Whether the entry may be used and could be made ready. */
export function judgeEntry({ entry, server }: DoctorFacts): DoctorVerdict | undefined {
  if (!entry) return undefined;
  const { ms, failure, notes } = entry;
  if (failure) return { ...entryFailure(failure, server), ms };
  if (notes.length > 0)
    return {
      ms,
      result: 'warn',
      found: say`A variable of the entry is empty, so the server starts without it.`,
      details: notes,
      fix: {
        text: say`Set it in the environment that the editor is started from, or write it as \${input:…} to be asked for it.`,
        action: 'open-config',
      },
    };
  const off = entry.isDisabled ? say` The file says "disabled": it never starts by itself.` : '';
  return { ms, result: 'ok', found: say`It is allowed, agreed to, and its variables have values.${off}` };
}

function entryFailure(
  failure: NonNullable<EntryFacts['failure']>,
  server: DoctorFacts['server'],
): DoctorVerdict {
  const fail = (found: string, text: string, action?: DoctorAction): DoctorVerdict => ({
    result: 'fail',
    found,
    fix: { text, action },
  });
  switch (failure.code) {
    case 'cancelled':
    case 'not-connected':
      return fail(
        say`You have not agreed to start this server, or not entered what it asks for: nothing was started.`,
        server.kind === 'stdio'
          ? say`Start it: you are shown the whole command first, and asked for its inputs.`
          : say`Start it: you are shown the whole address first, and asked for its inputs.`,
        'start',
      );
    case 'needs-trust':
      return fail(
        say`It came with the workspace, which is not trusted.`,
        failure.nextStep ?? say`Trust the workspace, then start the server.`,
      );
    case 'blocked':
      return fail(
        sentence(failure.message),
        say`Where your organization decides this, ask it to allow the server; a workspace has to be trusted first.`,
      );
    case 'invalid-config':
      return fail(
        sentence(failure.message),
        failure.nextStep ?? say`Correct the entry in its file.`,
        'open-config',
      );
    default:
      return plainVerdict(failure);
  }
}

/** Whether the system will find what it is to start. */
export function judgeCommand({ command, connect, server, platform }: DoctorFacts): DoctorVerdict | undefined {
  if (!command || server.kind !== 'stdio') return undefined;
  // The system has ways of its own to find a command; that it runs is the better answer.
  if (command.problem !== undefined && connect?.info)
    return { ms: command.ms, result: 'ok', found: say`${command.command} was found by the system.` };
  const { ms, found, problem, cwd, script, isPath } = command;
  const name = command.command;
  const fail = (what: string, text: string, details: readonly string[] = []): DoctorVerdict => ({
    ms,
    result: 'fail',
    found: what,
    fix: { text, action: 'open-config' },
    details,
  });
  if (cwd && !cwd.exists)
    return fail(
      say`The working directory ${cwd.path} does not exist.`,
      say`Correct "cwd" in the entry, or create the folder.`,
    );
  switch (problem) {
    case 'missing':
      return isPath
        ? fail(say`There is no file ${name}.`, say`Correct the path in "command" of the entry.`)
        : fail(
            say`${name} is in none of the ${command.pathFolders} folders of the PATH.`,
            missingRuntime(name, platform) ??
              say`Install ${name}, or give its full path as "command". A PATH that is set in a shell's start-up file is not always seen by an editor that was started from the desktop.`,
          );
    case 'not-executable':
      return fail(
        say`${found ?? name} may not be executed.`,
        say`Make it executable (chmod +x), or start it through its interpreter, e.g. "command": "node".`,
      );
    case 'folder':
      return fail(
        say`${found ?? name} is a folder.`,
        say`Name the program inside it as "command" of the entry.`,
      );
    case undefined:
  }
  if (script && !script.exists)
    return fail(
      say`${name} is there, but the file it is to run is not: ${script.path}.`,
      say`Correct the path in "args"; a relative one starts at the working directory. A server from source may have to be built first.`,
    );
  return { ms, result: 'ok', found: say`${name} is ${found ?? name}.` };
}

/** Whether the process of a local server came up and stayed. */
export function judgeProcess(facts: DoctorFacts): DoctorVerdict | undefined {
  const { connect, command, server, way } = facts;
  if (!connect || server.kind !== 'stdio') return undefined;
  const { startMs: ms, exit, info, failure } = connect;
  if (way === 'live' && info)
    return {
      result: 'ok',
      found: say`It runs${info.pid === undefined ? '' : say` as process ${info.pid}`}.`,
    };
  if (exit) return { ms, ...exitVerdict(connect, exit) };
  const isSpawned = connect.exchanges.length > 0 || info !== undefined;
  if (!isSpawned && command && judgeCommand(facts)?.result === 'fail') return undefined; // that says why
  if (failure && !isSpawned && failure.code !== 'timeout') return { ms, ...notSpawned(failure) };
  const id = info?.pid === undefined ? '' : say` as process ${info.pid}`;
  return {
    ms,
    result: 'ok',
    found: say`It starts${id} and stays.`,
    details: lastWords(connect.stderr).slice(-3),
  };
}

function notSpawned(failure: NonNullable<ConnectFacts['failure']>): DoctorVerdict {
  const action = 'open-config' as const;
  switch (failure.system) {
    case 'ENOENT':
      return {
        result: 'fail',
        found: say`The system did not find the command, or the interpreter that its first line names.`,
        fix: { text: failure.nextStep ?? say`Correct "command" in the entry.`, action },
      };
    case 'EACCES':
    case 'EPERM':
      return {
        result: 'fail',
        found: say`The system does not let the command be executed.`,
        fix: { text: failure.nextStep ?? say`Make the file executable.`, action },
      };
    case 'ENOEXEC':
      return {
        result: 'fail',
        found: say`The system cannot execute this file: it is for another kind of machine, or no program.`,
        fix: { text: say`Get the build for this system, or start the file through its interpreter.`, action },
      };
    case 'E2BIG':
      return {
        result: 'fail',
        found: say`The arguments and the environment are too long for the system.`,
        fix: { text: say`Put long values into a file, and give its path.`, action },
      };
    default:
      return plainVerdict(failure);
  }
}

function exitVerdict(connect: ConnectFacts, exit: NonNullable<ConnectFacts['exit']>): DoctorVerdict {
  const { stderr, noise } = connect;
  const details = stderr.length > 0 ? lastWords(stderr) : noise === undefined ? [] : [noise];
  const how =
    exit.signal === undefined ? say`with exit code ${exit.code ?? 'unknown'}` : say`by ${exit.signal}`;
  const said = stderr.length > 0 ? say`; its last words are below` : say`, without a word on stderr`;
  return {
    result: 'fail',
    found: say`The process ended ${how} before it answered${said}.`,
    details,
    fix: { text: exitFix(exit, stderr), action: stderr.length > 0 ? 'open-config' : 'show-log' },
  };
}

/** What tells most of stderr: no calls of a stack, and nothing twice (a process may have been started twice). */
export function lastWords(stderr: readonly string[]): readonly string[] {
  const lines = stderr.filter((line) => !/^\s+at /.test(line));
  return [...new Set(lines)].slice(-12);
}

function exitFix({ code, signal }: NonNullable<ConnectFacts['exit']>, details: readonly string[]): string {
  const hint = stderrHint(details);
  if (hint !== undefined) return hint;
  if (signal === 'SIGKILL' || code === 137)
    return say`It was killed, most likely because memory ran out: allow it (or its container) more.`;
  if (signal === 'SIGSEGV' || signal === 'SIGILL' || signal === 'SIGABRT')
    return say`It crashed: a newer build, or one for this kind of machine, may help. Tell its author.`;
  switch (code) {
    case 0:
      return say`It thinks it is done: it may need another argument to run as an MCP server (like "stdio", "mcp" or "serve"); its page or --help says which.`;
    case 126:
      return say`A program that it starts may not be executed: look at the lines above for which.`;
    case 127:
      return say`A program that it starts was not found: install it, or correct the PATH in "env" of the entry.`;
    case 2:
      return say`It does not understand its arguments: compare "args" in the entry with its --help.`;
    default:
      return say`Mend what it says above; run the command in a terminal to see all of it.`;
  }
}
