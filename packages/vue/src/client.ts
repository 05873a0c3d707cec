import tasks, { type ClientOptions, type TaskClient } from 'django-task-api'
import { type App, hasInjectionContext, type InjectionKey, inject } from 'vue'

/** What every composable's options may hold. */
export interface ClientOption {
  /**
   * The client to use.
   * @defaultValue the app's, else the default client
   */
  client?: TaskClient | undefined
}

/** Under this key a component may `provide()` a client to those below it. */
export const taskClientKey: InjectionKey<TaskClient> = Symbol('TaskClient')

/** A plugin for `app.use()`. */
export interface TaskApi {
  readonly client: TaskClient
  install(app: App): void
}

/**
 * Makes a plugin that gives a client to all composables of an app.
 *
 * @param given - the client, or the options of a new one
 */
export function createTaskApi(given: TaskClient | Partial<ClientOptions> = {}): TaskApi {
  const client = 'run' in given ? given : tasks.createClient(given)
  return { client, install: app => void app.provide(taskClientKey, client) }
}

/** The client that was provided; without one, the default client. */
export function useTaskClient(): TaskClient {
  return hasInjectionContext() ? inject(taskClientKey, tasks) : tasks
}
