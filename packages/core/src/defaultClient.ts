import { createClient, type TaskClient } from './client'
import { TaskError } from './taskError'

/** The client of `/tasks/` on the page's own origin, and the two things that need no client. */
export interface DefaultClient extends TaskClient {
  createClient: typeof createClient
  TaskError: typeof TaskError
}

export const tasks: DefaultClient = { ...createClient(), createClient, TaskError }
