import type { Resource, ResourceTemplate } from './connection.ts';
import type { Offer } from './connections.ts';
import type { ShownText } from './dashboard.ts';
import { resourceClaims, type ResourceClaims } from './resourceContents.ts';
import { shown, shownIfAny } from './shown.ts';
import { variablesOf } from './forms/uriTemplate.ts';
import { oneLine } from './util/text.ts';

/** A resource as a row of its tab. */
export interface ResourceRow extends ResourceClaims {
  readonly kind: 'resource';
  /** As the server knows it. */
  readonly uri: string;
  readonly shownUri: ShownText;
  readonly name: ShownText;
  readonly description: ShownText | undefined;
  readonly mimeType: string | undefined;
  /** Bytes, as the server claims. */
  readonly size: number | undefined;
}

/** A template as a row. */
export interface TemplateRow extends ResourceClaims {
  readonly kind: 'template';
  /** As the server knows it (RFC 6570). */
  readonly uriTemplate: string;
  readonly shownTemplate: ShownText;
  readonly name: ShownText;
  readonly description: ShownText | undefined;
  readonly mimeType: string | undefined;
  readonly variables: readonly { readonly name: string; readonly shownName: ShownText }[];
}

/** A part of the list: templates first, then resources in the server's order. */
export interface ResourcePage {
  readonly rows: readonly (ResourceRow | TemplateRow)[];
  readonly offset: number;
  /** Of all that fit what was looked for. */
  readonly total: number;
  readonly templates: number;
}

type Item =
  | { readonly kind: 'resource'; readonly item: Resource }
  | { readonly kind: 'template'; readonly item: ResourceTemplate };

const maxVariables = 30;

/** Finds resources and templates by the words that occur in their address, name, title, description or type. */
export class ResourceSearch {
  readonly #texts = new WeakMap<Resource | ResourceTemplate, string>();
  #last: { readonly offer: Offer; readonly text: string; readonly found: readonly Item[] } | undefined;

  page(
    offer: Offer,
    query: { readonly text: string; readonly offset: number; readonly limit: number },
  ): ResourcePage {
    const found = this.#found(offer, query.text);
    const { offset, limit } = query;
    return {
      rows: found
        .slice(offset, offset + limit)
        .map((one) => (one.kind === 'resource' ? resourceRow(one.item) : templateRow(one.item))),
      offset,
      total: found.length,
      templates: found.filter(({ kind }) => kind === 'template').length,
    };
  }

  #found(offer: Offer, text: string): readonly Item[] {
    if (this.#last?.offer === offer && this.#last.text === text) return this.#last.found;
    const words = text
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    const fits = ({ item }: Item) => {
      const own = this.#textOf(item);
      return words.every((word) => own.includes(word));
    };
    const all: readonly Item[] = [
      ...offer.resourceTemplates.items.map((item): Item => ({ kind: 'template', item })),
      ...offer.resources.items.map((item): Item => ({ kind: 'resource', item })),
    ];
    const found = words.length === 0 ? all : all.filter(fits);
    this.#last = { offer, text, found };
    return found;
  }

  #textOf(item: Resource | ResourceTemplate): string {
    const known = this.#texts.get(item);
    if (known !== undefined) return known;
    const { name, title, description, mimeType } = item;
    const address = 'uri' in item ? item.uri : item.uriTemplate;
    const text = [address, name, title, description?.slice(0, 2_000), mimeType].join('\n').toLowerCase();
    this.#texts.set(item, text);
    return text;
  }
}

function resourceRow(resource: Resource): ResourceRow {
  return {
    kind: 'resource',
    uri: resource.uri,
    shownUri: shown(resource.uri, 2_000),
    size: resource.size,
    ...common(resource),
  };
}

function templateRow(template: ResourceTemplate): TemplateRow {
  return {
    kind: 'template',
    uriTemplate: template.uriTemplate,
    shownTemplate: shown(template.uriTemplate, 2_000),
    variables: variablesOf(template.uriTemplate)
      .slice(0, maxVariables)
      .map((name) => ({ name, shownName: shown(name, 100) })),
    ...common(template),
  };
}

function common({ name, title, description, mimeType, raw }: Resource | ResourceTemplate) {
  return {
    name: shown(title ?? name, 200),
    description: shownIfAny(description, 2_000),
    mimeType: mimeType === undefined ? undefined : oneLine(mimeType, 100),
    ...resourceClaims(raw),
  };
}
