/** What a skill may use without asking, before and after. */

/** `Bash(git:*)`: a tool, and to what it is narrowed. */
interface Grant {
  readonly tool: string;
  /** Null where the whole tool is meant. */
  readonly scope: string | null;
}

function grantOf(text: string): Grant {
  const [, tool, scope] = /^([^(]*)\((.*)\)$/s.exec(text) ?? [];
  if (tool === undefined || scope === undefined) return { tool: text, scope: null };
  return { tool, scope: scope.trim() === '' || scope.trim() === '*' ? null : scope };
}

/** True where whoever has `held` has `wanted`: the same, or the whole of the tool. What a pattern in parentheses matches is each client's own. */
function covers(held: string, wanted: string): boolean {
  const [a, b] = [grantOf(held), grantOf(wanted)];
  return held === wanted || (a.tool === b.tool && (a.scope === null || a.scope === b.scope));
}

/** The grants of one list that another does not cover. */
export function grantsBeyond(grants: readonly string[], held: readonly string[]): string[] {
  return grants.filter((grant) => !held.some((other) => covers(other, grant)));
}
