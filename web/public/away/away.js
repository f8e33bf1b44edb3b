// Looks now and then whether Skein runs again, and then loads the page anew, at the same place.
const theme = localStorage.getItem('skein-theme')
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme

setInterval(async () => {
  try {
    if ((await fetch('/', { method: 'HEAD', cache: 'no-store' })).ok) location.reload()
  } catch {
    // Not yet.
  }
}, 2_000)
