FROM rates('month')
