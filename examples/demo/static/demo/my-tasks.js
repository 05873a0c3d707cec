// Lists the visitor's own tasks, newest first, and watches those that are still active.

import { percentOf, setText, words } from './words.js'

const list = document.querySelector('.tasks')
const note = document.querySelector('.note')
const active = ['pending', 'running']

function element(tag, className, text = '') {
  const made = document.createElement(tag)
  made.className = className
  made.textContent = text
  return made
}

function makeRow(task) {
  const row = element('li', 'state')
  const name = element('a', 'name', task.task)
  name.href = `/tasks/${task.uuid}/`
  const time = element('time', 'count', new Date(task.created).toLocaleTimeString())
  time.dateTime = task.created
  const parts = {
    badge: element('span', 'badge'),
    percent: element('span', 'count percent'),
    action: element('button', 'quiet'),
  }
  row.append(name, parts.badge, time, parts.percent, parts.action)
  parts.action.addEventListener('click', () => act(row, parts))
  list.append(row)
  show(task, row, parts)
}

function show(task, row, parts) {
  const percent = percentOf(task)
  row.dataset.uuid = task.uuid
  row.dataset.status = task.status
  setText(parts.badge, words[task.status])
  setText(parts.percent, percent === null ? '' : `${Math.floor(percent)} %`)
  setText(parts.action, active.includes(task.status) ? 'Cancel' : 'Retry')
  parts.action.setAttribute('aria-label', `${parts.action.textContent} ${task.task}`)
  parts.action.hidden = task.status === 'succeeded'
  if (active.includes(task.status) && !row.watched) follow(task.uuid, row, parts)
}

async function follow(uuid, row, parts) {
  row.watched = true
  try {
    await TaskAPI.watch(uuid, { onProgress: task => show(task, row, parts) })
  } catch (error) {
    if (!error.status) note.textContent = error.message
  }
  row.watched = false
}

async function act(row, parts) {
  const change = active.includes(row.dataset.status) ? TaskAPI.cancel : TaskAPI.retry
  try {
    show(await change(row.dataset.uuid), row, parts)
    note.textContent = ''
  } catch (error) {
    note.textContent = error.message
  }
}

async function load() {
  try {
    const { results } = await TaskAPI.list()
    results.forEach(makeRow)
    note.textContent = results.length ? '' : 'No tasks yet. Run some on the first page.'
  } catch (error) {
    note.textContent = error.message
  }
}

if (list) load()
