/**
 * The uuid that this tab keeps under a name.
 *
 * @param change - what to keep from now on; null for nothing
 */
export function keptUuid(name: string | undefined, change?: string | null): string | null | undefined {
  try {
    if (!name) return
    if (change) sessionStorage.setItem(name, change)
    else if (change === null) sessionStorage.removeItem(name)
    else return sessionStorage.getItem(name)
  } catch {
    // A browser may refuse, as it does where cookies are blocked.
  }
}
