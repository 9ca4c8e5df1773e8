//! Sleeps, timers, tickers and calendars.
