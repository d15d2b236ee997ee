FROM rates('week')
