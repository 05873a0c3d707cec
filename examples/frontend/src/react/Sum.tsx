import { useTask } from '@django-task-api/react'
import { useState } from 'react'
import { TaskPanel } from './TaskPanel'

export function Sum() {
  const [text, setText] = useState('1, 2, 3.5')
  const sum = useTask('sum')
  return (
    <TaskPanel
      title="Checked inputs"
      task={sum}
      onRun={() => sum.run({ numbers: text.split(',').map(Number) })}
      outcome={sum.isSucceeded && `The sum is ${sum.outputs.sum}.`}
    >
      <label className="field">
        Numbers, with commas between
        <input value={text} onChange={event => setText(event.target.value)} />
      </label>
    </TaskPanel>
  )
}
