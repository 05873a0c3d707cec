import { TaskError } from './taskError'

/** Encodes what JSON can carry; refuses the rest, even where JSON would leave it out or have null for it. */
export function encodeInputs(task: string, inputs: unknown): string {
  try {
    return JSON.stringify({ task, inputs }, (name, value) => {
      // biome-ignore lint/suspicious/noGlobalIsFinite: ES5 has no other, and the value is a number.
      const isLost = typeof value === 'number' ? !isFinite(value) : typeof value === 'function'
      if (isLost) throw `${name} is ${value}`
      return value
    })
  } catch (cause) {
    throw new TaskError('invalid_inputs', `The inputs of "${task}" cannot be sent as JSON: ${cause}.`, {
      cause,
    })
  }
}
