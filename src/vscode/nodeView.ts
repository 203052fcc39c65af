/** How a tree row looks; made without an editor and turned into a `TreeItem` by `treeItem.ts`. */
export interface NodeView {
  /** Unique in its tree and stable over refreshes. */
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly icon: NodeIcon | undefined;
  /** Words for `viewItem` in `when` clauses, separated by blanks. */
  readonly context: string;
  readonly children: 'none' | 'closed' | 'open';
  /** What a screen reader says; undefined = label and description. */
  readonly spoken: string | undefined;
  /** Runs on click and Enter, with the row's node. */
  readonly command:
    | 'runTool'
    | 'usePrompt'
    | 'openResource'
    | 'openRequest'
    | 'openJob'
    | 'openServerConfig'
    | 'openDashboard'
    | undefined;
  readonly isDimmed: boolean;
}

/** A codicon, with the theme colour it is painted in. */
export interface NodeIcon {
  readonly name: string;
  readonly color: string | undefined;
}

/** An icon in its own colour, or in `color`. */
export function icon(name: string, color?: string): NodeIcon {
  return { name, color };
}

/** The parts of a description that are not empty, with a dot between. */
export function dotted(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(' · ');
}
