import { useTask } from '@django-task-api/react'
import { TaskPanel } from './TaskPanel'

export function Backup() {
  const backup = useTask('backup', { resume: 'backup' })
  return (
    <TaskPanel title="Cancelling" task={backup} onRun={() => backup.run()} />
  )
}
