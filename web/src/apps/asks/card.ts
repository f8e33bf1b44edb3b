// What the rest of the page says of this app. By itself, so that nothing else is fetched for it.

export const card = {
  title: 'Needs & offers',
  make: 'Make this a need…',
  waiting: (n: number) => (n === 1 ? 'one thing needs you' : `${n.toLocaleString()} things need you`),
}
