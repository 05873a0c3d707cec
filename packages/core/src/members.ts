/** A list that is left by calling the function that joining gave. */
export interface Members<T> {
  /** Those of now; the array itself never changes. */
  all(): T[]
  add(member: T): () => void
}

/** @param onLeft - called after each departure with the number of those who stay */
export function createMembers<T>(onLeft?: (count: number) => void): Members<T> {
  let members: T[] = []
  return {
    all: () => members,
    add(member) {
      members = members.concat(member)
      return () => {
        members = members.filter(other => other !== member)
        onLeft?.(members.length)
      }
    },
  }
}
