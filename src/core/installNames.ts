/** What is wrong with an npm package name; undefined when it is a plain registry name. */
export function npmNameProblem(name: string): string | undefined {
  if (name.length > 214) return 'the npm name is longer than 214 characters';
  if (/^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~][a-z0-9._~-]*$/i.test(name)) return undefined;
  return `${quoted(name)} is not the name of an npm package (addresses, files and options are refused)`;
}

/** What is wrong with a PyPI project name, extras in brackets allowed; undefined when nothing is. */
export function pypiNameProblem(name: string): string | undefined {
  const { base, extras } = splitExtras(name);
  const grammar = /^[A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?$/i;
  if (base.length <= 200 && grammar.test(base) && extras.every((extra) => grammar.test(extra)))
    return undefined;
  return `${quoted(name)} is not the name of a PyPI project`;
}

/** A PyPI requirement's name without its extras, and the extras. */
export function splitExtras(name: string): { readonly base: string; readonly extras: readonly string[] } {
  const match = /^([^[\]]*)\[([^[\]]*)\]$/.exec(name);
  if (!match) return { base: name, extras: [] };
  return { base: match[1] ?? '', extras: (match[2] ?? '').split(',').map((extra) => extra.trim()) };
}

/** PEP 503: the form in which two spellings of a PyPI name are equal. */
export function normalPypiName(name: string): string {
  return splitExtras(name)
    .base.toLowerCase()
    .replaceAll(/[-_.]+/g, '-');
}

/** What is wrong with a NuGet package id; undefined when nothing is. */
export function nugetNameProblem(name: string): string | undefined {
  if (name.length <= 100 && /^\w+(?:[.-]\w+)*$/.test(name)) return undefined;
  return `${quoted(name)} is not the id of a NuGet package`;
}

/** What is wrong with a crate name; undefined when nothing is. */
export function crateNameProblem(name: string): string | undefined {
  return /^[a-z][a-z0-9_-]{0,63}$/i.test(name) ? undefined : `${quoted(name)} is not the name of a crate`;
}

/** What is wrong with a Go module path; undefined when nothing is. */
export function goModuleProblem(path: string): string | undefined {
  const isPath = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:\/[A-Za-z0-9._~-]+)+$/.test(path);
  if (isPath && !path.split('/').some((part) => /^\.+$/.test(part))) return undefined;
  return `${quoted(path)} is not the path of a Go module`;
}

/** What is wrong with an exact version; undefined when it is one token that names one version. */
export function versionProblem(version: string): string | undefined {
  if (version.length > 255 || !/^[0-9A-Za-z][0-9A-Za-z.+!_-]*$/.test(version))
    return `${quoted(version)} is not one exact version`;
  if (/^[xX*]$|\.[xX*](?:\.|$)/.test(version)) return `${quoted(version)} is a range of versions`;
  return undefined;
}

/** True for a text that names no exact version but whatever is newest. */
export function isFloatingVersion(version: string | undefined): boolean {
  return (
    version === undefined ||
    /^(?:latest|next|main|master|stable|edge|nightly|dev|canary|beta|alpha|auto)$/i.test(version)
  );
}

/** A container image reference in its parts. */
export interface ImageReference {
  readonly host: string | undefined;
  readonly path: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** Reads an image reference by the grammar of the distribution specification; undefined when it is none. */
export function parseImage(reference: string): ImageReference | undefined {
  const match =
    /^(?:((?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]+(?::\d{1,5})?|localhost(?::\d{1,5})?|[A-Za-z0-9-]+:\d{1,5})\/)?([a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*)(?::(\w[\w.-]{0,127}))?(?:@(sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128}))?$/.exec(
      reference,
    );
  if (!match || reference.length > 512) return undefined;
  return { host: match[1], path: match[2] ?? '', tag: match[3], digest: match[4] };
}

/** An image reference as text. */
export function imageText(image: ImageReference): string {
  return `${image.host === undefined ? '' : `${image.host}/`}${image.path}${image.tag === undefined ? '' : `:${image.tag}`}${
    image.digest === undefined ? '' : `@${image.digest}`
  }`;
}

/** What an image is called without its tag, digest and the default host: equal for two references to the same repository. */
export function imageRepository(image: ImageReference): string {
  const host =
    image.host === undefined || /^(?:index\.|registry-1\.)?docker\.io$/i.test(image.host)
      ? ''
      : `${image.host.toLowerCase()}/`;
  return host + (host === '' ? image.path.replace(/^library\//, '') : image.path);
}

/** What is wrong with the name of an environment variable; undefined when nothing is. */
export function envNameProblem(name: string): string | undefined {
  return /^[A-Za-z_][A-Za-z0-9_.-]{0,254}$/.test(name)
    ? undefined
    : `${quoted(name)} is not the name of an environment variable`;
}

/** What is wrong with a header name; undefined when nothing is. */
export function headerNameProblem(name: string): string | undefined {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/.test(name)) return `${quoted(name)} is not the name of a header`;
  if (
    /^(?:host|content-length|transfer-encoding|connection|upgrade|te|trailer|keep-alive|proxy-.*)$/i.test(
      name,
    )
  ) {
    return `the header ${name} is the connection's own`;
  }
  return undefined;
}

/** What is wrong with a header value; undefined when nothing is. */
export function headerValueProblem(value: string): string | undefined {
  if (/[\r\n\0]/.test(value)) return 'a header value holds a line break';
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value)
    ? undefined
    : 'a header value holds characters that no header can carry';
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 119)}…` : text);
}
