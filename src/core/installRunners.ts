import { headOf, type Piece } from './installArguments.ts';
import type { PlanDraft } from './installDraft.ts';
import { literalOf, runnerWords, type ArgumentPart, type Template } from './installTemplate.ts';

/** The options that a runner reads itself: without and with a value. */
export interface RunnerOptions {
  readonly switches: ReadonlySet<string>;
  readonly values: ReadonlySet<string>;
}

const set = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter((word) => word !== ''));

/** Options of `npx` that may stand before the package. */
export const npxOptions: RunnerOptions = {
  switches:
    set(`-y --yes --no --no-install -q --quiet --silent --prefer-offline --prefer-online --offline --ignore-scripts
    --no-audit --no-fund --no-update-notifier --legacy-peer-deps --ignore-existing --bun`),
  values: set('-p --package --registry --cache --loglevel --userconfig'),
};

/** Options of `uvx` (uv tool run) that may stand before the package; not the short ones that servers use too. */
export const uvxOptions: RunnerOptions = {
  switches:
    set(`--isolated --offline --refresh --no-cache --no-index --reinstall --upgrade --no-config --no-progress
    --quiet -q --verbose -v --managed-python --no-managed-python --no-python-downloads --no-env-file --native-tls
    --no-build --no-binary --no-build-isolation --no-sources --compile-bytecode --lfs`),
  values:
    set(`--from --with --with-editable --with-requirements --constraints --constraint --overrides --override --python
    --index --default-index --index-url --extra-index-url --find-links --index-strategy --keyring-provider --prerelease
    --resolution --exclude-newer --refresh-package --reinstall-package --upgrade-package --link-mode --cache-dir
    --allow-insecure-host --env-file --python-platform --torch-backend --no-build-package --no-binary-package --color
    --directory --project --config-file`),
};

/** Options of `dnx` (dotnet tool exec). */
export const dnxOptions: RunnerOptions = {
  switches: set(
    '-y --yes --prerelease --interactive --allow-roll-forward --ignore-failed-sources --disable-parallel --no-http-cache',
  ),
  values: set('--source --add-source --configfile --version --framework --verbosity -v --arch -a'),
};

/** Options of `go run` that only say how to build. */
export const goOptions: RunnerOptions = {
  switches: set('-race -trimpath -v -x -a'),
  values: set('-tags -mod -p'),
};

/** Options of `docker run`. */
export const dockerOptions: RunnerOptions = {
  switches:
    set(`-d --detach --disable-content-trust --help --init -i --interactive --no-healthcheck --oom-kill-disable
    --privileged -P --publish-all -q --quiet --read-only --rm --sig-proxy -t --tty --use-api-socket -it -ti`),
  values:
    set(`--add-host --annotation -a --attach --blkio-weight --blkio-weight-device --cap-add --cap-drop --cgroup-parent --cgroupns
    --cidfile --cpu-count --cpu-percent --cpu-period --cpu-quota --cpu-rt-period --cpu-rt-runtime -c --cpu-shares --cpus
    --cpuset-cpus --cpuset-mems --detach-keys --device --device-cgroup-rule --device-read-bps --device-read-iops
    --device-write-bps --device-write-iops --dns --dns-opt --dns-option --dns-search --domainname --entrypoint -e --env --env-file
    --expose --gpus --group-add --health-cmd --health-interval --health-retries --health-start-interval --health-start-period
    --health-timeout -h --hostname --io-maxbandwidth --io-maxiops --ip --ip6 --ipc --isolation --kernel-memory -l --label
    --label-file --link --link-local-ip --log-driver --log-opt --mac-address -m --memory --memory-reservation --memory-swap
    --memory-swappiness --mount --name --net --net-alias --network --network-alias --oom-score-adj --pid --pids-limit
    --platform -p --publish --pull --restart --runtime --security-opt --shm-size --stop-signal --stop-timeout --storage-opt
    --sysctl --tmpfs --ulimit -u --user --userns --uts -v --volume --volume-driver --volumes-from -w --workdir`),
};

/** One step over an entry's runtime arguments. */
export type RunnerItem =
  | { readonly kind: 'switch'; readonly name: string; readonly part: ArgumentPart }
  | { readonly kind: 'option'; readonly name: string; readonly value: Template; readonly part: ArgumentPart }
  | { readonly kind: 'word'; readonly piece: Piece };

/**
 * Reads runtime arguments as the runner would. Handles what publishers really write: an option's value as the next positional
 * argument, options as positional arguments, a value behind a switch (which is a word of its own).
 */
export function readRunnerItems(
  draft: PlanDraft,
  pieces: readonly Piece[],
  options: RunnerOptions,
): readonly RunnerItem[] {
  const items: RunnerItem[] = [];
  for (let index = 0; index < pieces.length; index++) {
    const piece = pieces[index];
    if (!piece) break;
    const head = headOf(piece);
    const second = piece.part.words[1];
    const asked =
      second?.length === 1 && typeof second[0] === 'object' && !piece.isFixed ? second[0].input : undefined;
    const equals = head !== undefined && head.startsWith('--') ? head.indexOf('=') : -1;
    const joined = equals > 0 && head !== undefined ? head.slice(0, equals) : undefined;
    if (head !== undefined && options.switches.has(head)) {
      if (asked !== undefined) draft.book.change(asked, { isUsed: false });
      items.push({ kind: 'switch', name: head, part: { ...piece.part, words: [[head]], repeat: undefined } });
      const behind = asked === undefined ? literalOf(second) : undefined;
      if (behind !== undefined && !/^(?:true|false|)$/i.test(behind)) {
        items.push({ kind: 'word', piece: { ...piece, name: undefined, part: runnerWords(behind) } });
      }
    } else if (head !== undefined && joined !== undefined && options.values.has(joined)) {
      items.push({ kind: 'option', name: joined, value: [head.slice(equals + 1)], part: piece.part });
    } else if (head !== undefined && options.values.has(head)) {
      const next = pieces[index + 1];
      const value = next?.name === undefined && next?.isFixed ? next.part.words[0] : undefined;
      if ((asked !== undefined || second === undefined) && value !== undefined) {
        if (asked !== undefined) draft.book.drop(asked);
        items.push({ kind: 'option', name: head, value, part: runnerWords(head, value) });
        index++;
      } else if (second !== undefined) {
        items.push({ kind: 'option', name: head, value: second, part: piece.part });
      } else {
        items.push({ kind: 'word', piece });
      }
    } else {
      items.push({ kind: 'word', piece });
    }
  }
  return items;
}
