// Lists hear of tasks that are started elsewhere on the page, or in another tab.
const name = 'new tasks'
const outgoing = new BroadcastChannel(name)

export function announceTask(): void {
  outgoing.postMessage(null)
}

/** Returns a function that ends it. */
export function onNewTask(listener: () => void): () => void {
  const incoming = new BroadcastChannel(name)
  incoming.onmessage = () => listener()
  return () => incoming.close()
}
