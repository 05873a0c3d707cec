import { useTask } from '@django-task-api/react'
import { TaskPanel } from './TaskPanel'

export function Crash() {
  const crash = useTask('crash')
  return <TaskPanel title="Crashing" task={crash} onRun={() => crash.run()} />
}
