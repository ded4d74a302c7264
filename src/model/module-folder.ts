/** The name of a module's folder, where each module has one. */

/** A module's id without the slash of a scope: a plus stands for it, which no id holds. */
export function moduleFolder(moduleId: string): string {
  return moduleId.replace('/', '+');
}

/** The inverse of `moduleFolder`. */
export function moduleOfFolder(folder: string): string {
  return folder.startsWith('@') ? folder.replace('+', '/') : folder;
}
