//! The mailer that sends nothing.

use std::sync::Arc;

use mailer::{Error, Mail, Mailer, Receipt, Reply, Trace};

/// A mailer that reports every message as accepted without sending it.
#[derive(Debug)]
pub struct Nothing {
    receipt: Receipt,
}

impl Default for Nothing {
    fn default() -> Self {
        Self { receipt: Receipt::accepted(Vec::new(), Reply::new(250, "not sent")) }
    }
}

impl Mailer for Nothing {
    fn open(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn send(&mut self, _: &Mail) -> Receipt {
        self.receipt.clone()
    }

    fn send_many(
        &mut self,
        mails: &mut dyn Iterator<Item = Mail>,
        settled: &mut dyn FnMut(u64, &Receipt),
    ) {
        (0..).zip(mails).for_each(|(number, _)| settled(number, &self.receipt));
    }

    fn close(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn trace_to(&mut self, _: Option<Arc<dyn Trace>>) {}
}
