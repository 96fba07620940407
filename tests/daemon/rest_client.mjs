// Everything that the services offer, asked for by the unmodified Feathers REST client. Prints "ok" at the end.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'

const [modules, base] = process.argv.slice(2)
const require = createRequire(`${modules}/`)
const { feathers } = require('@feathersjs/feathers')
const rest = require('@feathersjs/rest-client').default ?? require('@feathersjs/rest-client')

const app = feathers()
app.configure(rest(base).fetch(fetch))

const fails = async (promise, name, code) => {
  const error = await promise.then(() => assert.fail(`no ${name}`), (it) => it)
  assert.deepEqual([error.name, error.code], [name, code], error.stack)
  return error
}

const sessions = app.service('sessions')
const boards = app.service('boards')

// create: one, a list
const board = await boards.create({ name: 'Work' })
assert.equal(board.slug, 'work')
const one = await sessions.create({ agent: 'demo', title: 'one', board: 'work' })
const list = await sessions.create([{ agent: 'demo', title: 'two' }, { agent: 'codex', title: 'three' }])
assert.deepEqual(list.map((it) => it.title), ['two', 'three'])

// get, by any form of the id, with a selection
assert.equal((await sessions.get(one.short_id)).session_id, one.session_id)
assert.deepEqual(await sessions.get(one.session_id, { query: { $select: ['title'] } }), {
  session_id: one.session_id, title: 'one'
})

// find: conditions, nested and repeated, order, page, selection, null
const page = await sessions.find({
  query: { agent: { $in: ['demo', 'codex'] }, $sort: { title: -1 }, $limit: 2, $skip: 1, $select: ['title'] }
})
assert.deepEqual([page.total, page.limit, page.skip], [3, 2, 1])
assert.deepEqual(page.data.map((it) => it.title), ['three', 'one'])
assert.deepEqual(Object.keys(page.data[0]).sort(), ['session_id', 'title'])
const either = await sessions.find({ query: { $or: [{ title: 'two' }, { board_id: board.short_id }] } })
assert.equal(either.total, 2)
assert.equal((await sessions.find({ query: { board_id: null } })).total, 2)
assert.equal((await sessions.find({ query: { board_id: { $ne: null }, 'repo.managed_worktree': false } })).total, 1)

// update, patch, patch many, remove
const whole = await boards.get(board.board_id)
assert.equal((await boards.update(board.board_id, { ...whole, name: 'Renamed' })).name, 'Renamed')
assert.equal((await sessions.patch(one.session_id, { title: 'first' })).title, 'first')
const moved = await sessions.patch(null, { board: 'work' }, { query: { title: { $in: ['two', 'three'] } } })
assert.equal(moved.length, 2)
assert.equal((await boards.get('work')).session_count, 3)
assert.notEqual((await sessions.remove(one.session_id)).archived_at, null)
assert.equal((await sessions.find({})).total, 2)
const gone = await sessions.remove(null, { query: { archived_at: { $ne: null } } })
assert.deepEqual(gone.map((it) => it.session_id), [one.session_id])

// the other services
for (const name of ['tasks', 'messages', 'repos', 'worktrees', 'approvals', 'agents']) {
  const found = await app.service(name).find({ query: { $limit: 5 } })
  assert.ok(Array.isArray(found.data), name)
}
const task = await app.service('tasks').create({ session_id: list[0].session_id, prompt: 'say: hi' })
assert.equal((await app.service('tasks').patch(task.task_id, { description: 'said' })).description, 'said')
assert.equal((await app.service('agents').get('demo')).name, 'demo')

// what goes wrong has Feathers' names
await fails(sessions.get('0190f3c4-7a1e-7c3b-9d2e-9d2e1c4b07aa'), 'NotFound', 404)
await fails(sessions.find({ query: { nosuch: 1 } }), 'BadRequest', 400)
await fails(sessions.create({ agent: 'nobody' }), 'BadRequest', 400)
await fails(sessions.patch(null, { title: 'all' }), 'MethodNotAllowed', 405)
await fails(sessions.patch(null, { title: 'all' }, { query: { status: { $in: [] } } }), 'MethodNotAllowed', 405)
await fails(sessions.remove(null, { query: { status: 'idle' } }), 'MethodNotAllowed', 405)
await fails(sessions.remove(null), 'MethodNotAllowed', 405)
await fails(app.service('tasks').remove(null, { query: { status: 'running' } }), 'MethodNotAllowed', 405)
await fails(boards.create({ name: 'x', slug: 'work' }), 'Conflict', 409)
await fails(sessions.create({ agent: 'codex', prompt: 'hi' }), 'Unprocessable', 422)
assert.equal((await sessions.find({})).total, 2)

console.log('ok')
