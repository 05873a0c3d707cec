import tasks, { type TaskClient } from 'django-task-api'
import { createContext, createElement, type ReactElement, type ReactNode, useContext } from 'react'

/** What every hook's options may hold. */
export interface ClientOption {
  /**
   * The client to use. Make it outside of the component: another client is another server, and shows other tasks.
   * @defaultValue the nearest provider's, else the default client
   */
  client?: TaskClient | undefined
}

const ClientContext = createContext<TaskClient | undefined>(undefined)

export interface TaskClientProviderProps {
  client: TaskClient
  children?: ReactNode
}

/** Gives a client to all hooks below. */
export function TaskClientProvider({ client, children }: TaskClientProviderProps): ReactElement {
  return createElement(ClientContext.Provider, { value: client }, children)
}

/** The client of the nearest {@link TaskClientProvider}; without one, the default client. */
export function useTaskClient(): TaskClient {
  return useContext(ClientContext) || tasks
}
