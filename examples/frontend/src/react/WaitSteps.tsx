import { useTask } from '@django-task-api/react'
import { useState } from 'react'
import { TaskPanel } from './TaskPanel'

export function WaitSteps() {
  const [steps, setSteps] = useState('200')
  const wait = useTask('wait-steps')
  return (
    <TaskPanel
      title="Smooth progress"
      task={wait}
      onRun={() => wait.run({ steps: Number(steps) })}
    >
      <label className="field">
        Steps
        <input
          inputMode="numeric"
          value={steps}
          onChange={event => setSteps(event.target.value)}
        />
      </label>
    </TaskPanel>
  )
}
