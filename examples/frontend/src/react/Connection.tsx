import { useTaskRun } from '@django-task-api/react'
import { connectionWords } from '../words'

/** How the page hears of its tasks: each hook tells it, also one without a task. */
export function Connection() {
  const { connection } = useTaskRun(null)
  const [word, meaning] = connectionWords[connection]
  return (
    <aside
      className="connection"
      aria-label="Connection"
      data-connection={connection}
    >
      <strong>{word}</strong> <span>{meaning}</span>
    </aside>
  )
}
